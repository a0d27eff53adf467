// SPDX-License-Identifier: Apache-2.0
#pragma once
// A record's fields as a table of functions. What reads and writes rows is compiled once with it, not once for each of the
// dozens of records that a pipeline has.
#include <array>
#include <concepts>
#include <cstddef>
#include <ease/io/json/json_codec.hpp>
#include <ease/io/json/messages.hpp>
#include <ease/record/fields.hpp>
#include <ease/record/record.hpp>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

namespace ease::inline v1 {

namespace detail {

template <class Field>
concept field_of_files = !std::same_as<Field, other_keys> && !requires { requires !Field::written; };

// The key under which others write a field. A field may say that it is not its own: `static constexpr std::string_view
// read_from = "completion"` takes "completion" where no field of the record has that key for its own.
template <class F>
constexpr std::string_view key_in_files() {
  if constexpr (requires { F::read_from; })
    return F::read_from;
  else
    return F::key;
}

// The key that earlier versions wrote a field under: `static constexpr std::string_view formerly = "arm"`.
template <class F>
constexpr std::string_view former_key() {
  if constexpr (requires { F::formerly; })
    return F::formerly;
  else
    return {};
}

// A field may say that an empty value stands in no file: `static constexpr bool absent_if_empty{true}`.
template <class F>
inline constexpr bool is_absent_if_empty = requires { requires F::absent_if_empty; };

// How one field is read and written; `write` is null for a field that stands in no file.
struct field_entry {
  std::string_view key, read_from;  // its own key, and that in files of others
  std::string_view formerly{};      // its own key in earlier versions; empty: the same
  bool required{true};              // false: it may be absent
  bool cell_is_json{false};         // a table's cell holds JSON text
  void* (*value)(void* row){};      // where it stands in the record
  void (*read)(void* value, simdjson::ondemand::value from){};
  void (*write)(json_writer& out, void const* value){};
  bool (*present)(void const* value){};  // of one that may be absent
  bool (*reasons)(void const* value){};  // of an answer: whether it is a reasoned one
};

struct field_table {
  std::span<field_entry const> fields;      // without other_keys
  std::span<std::string_view const> keys;   // in files of others
  raw_members* (*others)(void* row){};      // null: the record keeps no other keys
  conversation* (*before)(void* row){};     // the messages in front of its prompt; null: it has no place for them
  complete_answer* (*target)(void* row){};  // what is trained on, null where the row has none; null: no place for it
  void (*clear)(void* row){};               // makes it a record without anything in it
};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

// By the type of the value: records share them.
template <class T>
void read_value(void* value, simdjson::ondemand::value from) {
  *static_cast<T*>(value) = json_codec<T>::read(from);
}
template <class T>
void write_value(json_writer& out, void const* value) {
  json_codec<T>::write(out, *static_cast<T const*>(value));
}
template <class T>
bool has_value(void const* value) {
  return static_cast<T const*>(value)->has_value();
}

template <class T>
bool is_reasoned(void const* value) {
  if constexpr (is_optional<T>)
    return has_value<T>(value) && is_reasoned<typename T::value_type>(&**static_cast<T const*>(value));
  else
    return std::holds_alternative<reasoned>(*static_cast<T const*>(value));
}

template <class Record, class F>
constexpr field_entry entry_of() {
  using T = typename F::type;
  constexpr bool may_be_absent = is_optional<T> || is_absent_if_empty<F>;
  field_entry one{.key = F::key, .read_from = key_in_files<F>(), .formerly = former_key<F>(), .required = !may_be_absent};
  one.value = [](void* row) -> void* { return &static_cast<F&>(*static_cast<Record*>(row)).value; };
  if constexpr (field_of_files<F> || has_json_codec<T>) {
    one.cell_is_json = requires { requires json_codec<T>::cell_is_json; };
    one.read = read_value<T>;
  }
  if constexpr (field_of_files<F>) one.write = write_value<T>;
  if constexpr (requires(T const& v) { v.has_value(); }) one.present = has_value<T>;
  if constexpr (one_of<T, answer, complete_answer, std::optional<complete_answer>>) one.reasons = is_reasoned<T>;
  if constexpr (is_absent_if_empty<F>)
    one.present = [](void const* value) { return !static_cast<T const*>(value)->empty(); };
  return one;
}

template <class Record>
struct table_of_record;
template <class... Fs>
struct table_of_record<record<Fs...>> {
  using row = record<Fs...>;
  static constexpr std::size_t count = (std::size_t{0} + ... + std::size_t{!std::same_as<Fs, other_keys>});
  static constexpr auto entries = [] {
    std::array<field_entry, count> all{};
    [[maybe_unused]] std::size_t at = 0;
    (
        [&] {
          if constexpr (!std::same_as<Fs, other_keys>) all[at++] = entry_of<row, Fs>();
        }(),
        ...);
    return all;
  }();
  static constexpr auto keys = [] {
    std::array<std::string_view, count> all{};
    for (std::size_t i = 0; i < count; ++i) all[i] = entries[i].read_from;
    return all;
  }();
  static constexpr field_table table = [] {
    field_table all{.fields = entries, .keys = keys, .clear = [](void* one) { *static_cast<row*>(one) = row{}; }};
    if constexpr (one_of<other_keys, Fs...>)
      all.others = [](void* one) -> raw_members* { return &static_cast<other_keys&>(*static_cast<row*>(one)).value; };
    if constexpr (one_of<history, Fs...>)
      all.before = [](void* one) -> conversation* { return &static_cast<history&>(*static_cast<row*>(one)).value; };
    if constexpr (one_of<ease::target, Fs...>)
      all.target = [](void* one) -> complete_answer* { return &static_cast<ease::target&>(*static_cast<row*>(one)).value; };
    else if constexpr (one_of<given_target, Fs...>)
      all.target = [](void* one) -> complete_answer* {
        auto& given = static_cast<given_target&>(*static_cast<row*>(one)).value;
        return given ? &*given : nullptr;
      };
    return all;
  }();
};

}  // namespace detail

template <some_record Record>
constexpr detail::field_table const& fields_of() {
  return detail::table_of_record<Record>::table;
}

}  // namespace ease::inline v1
