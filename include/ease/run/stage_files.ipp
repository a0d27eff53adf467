#pragma once
// The definitions of run/stage_files.hpp; core/compiled.hpp says where they are compiled.
#include <ease/io/error.hpp>
#include <ease/run/stage_files.hpp>
#include <fstream>
#include <ios>
#include <iterator>
#include <string>

namespace ease {

EASE_INLINE std::optional<stage_mark> stage_files::read_mark() const {
  std::ifstream in{mark(), std::ios::binary};
  if (!in) return std::nullopt;
  try {
    std::string const text{std::istreambuf_iterator<char>{in}, {}};
    return from_json_text<stage_mark>(text, mark().string());
  } catch (error const&) {
    return std::nullopt;
  } catch (std::ios_base::failure const&) {  // a folder in its place
    return std::nullopt;
  }
}

EASE_INLINE void stage_files::write_mark(stage_mark const& m) const { write_atomically(mark(), to_json_text(m) + "\n"); }

}  // namespace ease
