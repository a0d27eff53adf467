#pragma once
#include <ease/run/folder_lock.hpp>
namespace ease::app {
using ease::folder_lock;
}
