#pragma once
#include <ease/run/progress.hpp>
