// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of run/stage_worker.hpp; core/compiled.hpp says where they are compiled.
#include <ease/run/stage_worker.hpp>

namespace ease::inline v1::detail {

EASE_INLINE stage_worker::stage_worker(run_folder const& folder, stage_files const& files, std::size_t rows)
    : output_{files, folder.options().log}, models_{folder, files, rows} {}
EASE_INLINE stage_worker::~stage_worker() = default;

}  // namespace ease::inline v1::detail
