// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ease/run/folder/folder_lock.hpp>
namespace ease::app {
using ease::folder_lock;
}
