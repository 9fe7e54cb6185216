// Static columns: the attributes that every vParquet4 block keeps in a column of their own
// (spec/storage.md 2.3), by name.
#pragma once

#include <array>
#include <string_view>

namespace vivace {

// In the order of the leaves from Leaf::kResourceServiceName on.
inline constexpr std::array<std::string_view, 9> kStaticResourceNames = {
    "service.name",      "cluster",          "namespace",          "pod",
    "container",         "k8s.cluster.name", "k8s.namespace.name", "k8s.pod.name",
    "k8s.container.name"};
// From Leaf::kSpanHttpMethod on; the last one holds integers, all others texts.
inline constexpr std::array<std::string_view, 3> kStaticSpanNames = {"http.method", "http.url",
                                                                     "http.status_code"};

}  // namespace vivace
