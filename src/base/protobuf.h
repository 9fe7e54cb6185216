// Nested protobuf messages that stay when they are empty: protozero drops an empty submessage, but
// presence means something in OTLP (an array element without value, a partial_success without
// rejections).
//
// Header-only, any thread; costs what protozero's own nesting costs.
#pragma once

#include <protozero/pbf_writer.hpp>
#include <string>

namespace vivace {

// Appends the field `number` of `out`, a message whose fields `fill(writer)` writes. `data` is the
// string that `out` writes to.
template <typename Fill>
auto AppendMessage(std::string& data, protozero::pbf_writer& out, uint32_t number, Fill&& fill) {
  const size_t before = data.size();
  const auto result = [&] {
    protozero::pbf_writer message(out, number);
    return fill(message);
  }();
  if (data.size() == before) out.add_message(number, "", 0);
  return result;
}

}  // namespace vivace
