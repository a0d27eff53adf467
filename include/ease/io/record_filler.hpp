#pragma once
// Fills a record's fields from members met in any order, once each, and knows which of them never came.
#include <array>
#include <concepts>
#include <cstddef>
#include <ease/io/raw_json.hpp>
#include <ease/io/shape_rewrites.hpp>
#include <ease/record/record.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ease::detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
inline constexpr bool cell_is_json = requires { requires json_codec<T>::cell_is_json; };

// The key under which others write a field. A field may say that it is not its own: `static constexpr std::string_view
// read_from = "completion"` takes "completion" where no field of the record has that key for its own.
template <class F>
constexpr std::string_view key_in_files() {
  if constexpr (requires { F::read_from; })
    return F::read_from;
  else
    return F::key;
}

// Fills a record's fields member by member, and knows which of them are still missing.
template <class Record>
class record_filler;

template <class... Fs>
class record_filler<record<Fs...>> {
 public:
  // The keys that a stranger's file would have for the fields.
  static constexpr std::array<std::string_view, sizeof...(Fs)> keys{key_in_files<Fs>()...};
  static constexpr bool keeps_others = one_of<other_keys, Fs...>;

  // Calls read.template operator()<T>() for the field with this key, whose result is its value; false if there is none.
  bool fill(std::string_view key, auto&& read) {
    std::size_t index = 0;
    if ((fill_one<Fs>(key, Fs::key, index++, read) || ...)) return true;
    index = 0;
    return (fill_one<Fs>(key, key_in_files<Fs>(), index++, read) || ...);
  }
  void keep(std::string_view key, std::string raw) {
    if constexpr (keeps_others) {
      auto& others = get<other_keys>(row_);
      if (find_member(others, key) != nullptr) throw bad_field{key, "the key stands twice in the row"};
      others.emplace_back(key, std::move(raw));
    }
  }

  // The record. Throws bad_field for the first field that was not there.
  record<Fs...> finish() {
    std::size_t index = 0;
    (require<Fs>(index++), ...);
    return std::move(row_);
  }

  // True if a table's cell for this key is JSON text.
  static bool holds_json(std::string_view key) { return ((is_key<Fs>(key) && cell_is_json<typename Fs::type>) || ...); }
  static bool may_be_absent(std::string_view key) { return ((is_key<Fs>(key) && is_optional<typename Fs::type>) || ...); }

 private:
  template <class F>
  static bool is_key(std::string_view key) {
    return F::key == key || key_in_files<F>() == key;
  }
  template <class F>
  bool fill_one(std::string_view key, std::string_view own, std::size_t index, auto& read) {
    if constexpr (std::same_as<F, other_keys>) {
      return false;
    } else {
      if (own != key) return false;
      if (std::exchange(seen_[index], true)) throw bad_field{key, "the key stands twice in the row"};
      get<F>(row_) = read.template operator()<typename F::type>();
      return true;
    }
  }
  template <class F>
  void require(std::size_t index) const {
    if constexpr (!std::same_as<F, other_keys> && !is_optional<typename F::type>)
      if (!seen_[index]) throw bad_field{F::key, "missing"};
  }

  record<Fs...> row_{};
  std::array<bool, sizeof...(Fs)> seen_{};
};

}  // namespace ease::detail
