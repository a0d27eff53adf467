// SPDX-License-Identifier: Apache-2.0
#pragma once
// The safety categories in what a model wrote that was asked for a list of them. Models were seen to write
//
//     ["Privacy/Personal Data"]                a JSON or Python list, also in a Markdown fence or within a sentence
//     {"categories": ["Self-Harm"]}            an object with one key for labels, or {"Self-Harm": true, "Sexual/Adult": false}
//     - **Privacy/Personal Data**: an address  a line a label, with bullets or numbers, emphasis and an explanation
//     Categories: privacy; self harm           names with commas, semicolons or "and" between, behind a heading or without one
//     The category is Privacy/Personal Data.   a sentence that ends in names, or begins with them ("... applies")
//     2, 7                                     numbers of the list that was asked by, from 1, if there are only numbers
//
// What could be meant in two ways is not read: a name beside a negation ("not violence"), an "or", a "maybe", two lists that
// differ, a score without a threshold, another taxonomy's codes ("S3"). Then `problem` says why, and nothing is known.
#include <ease/classifier/classifier.hpp>
#include <ease/core/compiled.hpp>
#include <string_view>

namespace ease::inline v1 {

labels read_labels(std::string_view text);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/classifier/read_labels.ipp>
#endif
