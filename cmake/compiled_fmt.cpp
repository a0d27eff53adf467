// SPDX-License-Identifier: Apache-2.0
// fmt's definitions, as a part of ease::compiled: what its src/format.cc holds. The version is that of libtorch's headers.
#include <fmt/format-inl.h>

#include <locale>

FMT_BEGIN_NAMESPACE

template std::locale locale_ref::get<std::locale>() const;

namespace detail {
template thousands_sep_result<char> thousands_sep_impl(locale_ref);
template char decimal_point_impl(locale_ref);
}  // namespace detail

FMT_END_NAMESPACE
