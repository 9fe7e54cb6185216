#include "request_cutter.h"

#include <protozero/pbf_message.hpp>
#include <protozero/pbf_writer.hpp>

namespace vivace::bench {
namespace {

using protozero::data_view;
using protozero::pbf_reader;
using protozero::pbf_writer;

// The bytes of a message, with the elements of its repeated field 2 apart.
struct Split {
  std::string rest;
  std::vector<data_view> elements;
};

Split SplitMessage(data_view message) {
  constexpr uint32_t kElements = 2;
  Split split;
  pbf_reader field(message);
  for (const char* begin = field.data().data(); field.next(); begin = field.data().data()) {
    if (field.tag() == kElements) {
      split.elements.push_back(field.get_view());
    } else {
      field.skip();
      split.rest.append(begin, field.data().data());
    }
  }
  return split;
}

std::string WithMessages(std::string rest, uint32_t tag, const std::vector<data_view>& messages) {
  pbf_writer writer(rest);
  for (const data_view message : messages) writer.add_message(tag, message);
  return rest;
}

}  // namespace

std::vector<std::string> CutRequest(std::string_view request, size_t spans_max) {
  std::vector<std::string> cut;
  pbf_reader field(data_view(request.data(), request.size()));
  while (field.next(1)) {
    const Split resource = SplitMessage(field.get_view());
    for (const data_view scope_spans : resource.elements) {
      const Split scope = SplitMessage(scope_spans);
      for (size_t begin = 0; begin < scope.elements.size(); begin += spans_max) {
        const size_t end = std::min(begin + spans_max, scope.elements.size());
        const std::string part =
            WithMessages(scope.rest, 2,
                         {scope.elements.begin() + static_cast<ptrdiff_t>(begin),
                          scope.elements.begin() + static_cast<ptrdiff_t>(end)});
        const std::string resource_spans = WithMessages(resource.rest, 2, {data_view(part)});
        cut.push_back(WithMessages("", 1, {data_view(resource_spans)}));
      }
    }
  }
  return cut;
}

}  // namespace vivace::bench
