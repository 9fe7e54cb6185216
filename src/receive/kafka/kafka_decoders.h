// What the records of a Kafka topic may hold: the collector's encodings, and their decoders. Pure
// functions, any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/http.h"
#include "receive/rejected_spans.h"

namespace vivace {

// The decoder of "otlp_proto", "zipkin_json", ...; one that is called from one thread at a time.
// Unset for other names.
SpanDecoder KafkaDecoderOf(std::string_view encoding);

// Gives every resource of the batch the wanted headers that the record has, as attributes
// "kafka.header.<name>".
void AddHeaderAttributes(const HttpHeaders& headers, std::span<const std::string> wanted,
                         SpanBatchBuilder& builder);

}  // namespace vivace
