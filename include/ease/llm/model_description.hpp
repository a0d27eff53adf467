// SPDX-License-Identifier: Apache-2.0
#pragma once
// Models of the hub whose weights need not be on this machine: for plans, descriptions, and whoever only looks.
#include <ease/hub/hub_source.hpp>
#include <string_view>

namespace ease::inline v1 {

struct model_place;

// As find_model, with that part of a model of the hub.
model_place find_model(std::string_view name, model_part part);

// Whether a place has no weights, as that of a description may have none.
bool lacks_weights(model_place const& place);

}  // namespace ease::inline v1

#include <ease/llm/model_place.hpp>  // behind them, since its definitions are theirs too
