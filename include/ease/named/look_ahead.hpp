// SPDX-License-Identifier: Apache-2.0
#pragma once
// What work on models needs, looked at before its first row: the models' files, the form of a remote one's address, the room
// on a disk. What can be known at the start must not fail hours later. No weights are read.
#include <cstdint>
#include <ease/core/compiled.hpp>
#include <ease/io/files/file_use.hpp>
#include <ease/train/file_trainer.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace ease::inline v1 {

// What is said for a person, and is no reason to stop.
using line_for_person = std::function<void(std::string const&)>;

// The models that will be opened, by their names: throws what opening one would, as far as its files' headers say. `say` hears
// what a person should be told of them, unless opening them says it.
void look_at_models(std::vector<std::string> const& models, std::string const& chat, line_for_person const& say = {});

// Why servers would not be asked for the remote ones of these models: no key, or one that cannot be sent; empty: they would, or all
// models are local.
std::string key_problem(std::vector<std::string> const& models);

// Parameters of a local model that is to be trained. Throws ease::error if there is none, or it has no chat template.
std::uint64_t look_at_trainable(std::string const& model, std::string const& chat);

// What a training reads and writes beside its rows. A log that is said to stand where the default one does is the default one.
file_use files_of_training(std::string const& model, train_options& how, std::string const& out);

// The model that is to be trained, and the room for what becomes of it. Throws ease::error where the room is too small for
// the trained model; says where it is for its checkpoints.
void look_at_training(std::string const& model, train_options const& how, std::filesystem::path const& out,
                      line_for_person const& say);

// Why that training would be refused before its first step, as far as its files and options say; empty: it would not. `use`: all
// that it reads and writes.
std::string refusal_of_training(file_use const& use, std::string const& model, train_options const& how,
                                std::string const& out);

// Bytes of a trained model, and of the checkpoints that are kept while it is trained, by its parameters.
std::uint64_t bytes_of_model(train_options const& how, std::uint64_t parameters);
std::uint64_t bytes_of_checkpoints(train_options const& how, std::uint64_t parameters);

// Room for so many bytes of models, which are certain to be written, and of checkpoints, which are where training takes longer
// than they are apart. As look_at_training.
void look_at_room(std::filesystem::path const& out, std::uint64_t models, std::uint64_t checkpoints,
                  line_for_person const& say);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/named/look_ahead.ipp>
#endif
