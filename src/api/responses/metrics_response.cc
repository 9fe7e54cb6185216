#include "api/responses/metrics_response.h"

#include <cmath>
#include <protozero/pbf_writer.hpp>

#include "api/responses/datum_encoding.h"
#include "api/responses/query_stats_encoding.h"
#include "base/json_writer.h"
#include "base/unix_time.h"

namespace vivace {
namespace {

using traceql::Exemplar;
using traceql::Series;
using traceql::SeriesLabel;
using traceql::SeriesLabels;

constexpr int32_t kPartial = 1;

int64_t Milliseconds(uint64_t nanos) { return static_cast<int64_t>(nanos / kNanosPerMilli); }

void WriteLabels(const SeriesLabels& labels, JsonWriter& json) {
  json.Key("labels"), json.BeginArray();
  for (const SeriesLabel& label : labels) WriteDatumPair(label.key, label.value.View(), json);
  json.EndArray();
}

void WriteValue(double value, JsonWriter& json) {
  if (value != 0) json.Key("value"), json.Double(value);
}

void WriteExemplars(const Series& series, JsonWriter& json) {
  if (series.exemplars.empty()) return;
  json.Key("exemplars"), json.BeginArray();
  for (const Exemplar& exemplar : series.exemplars) {
    json.BeginObject();
    WriteLabels(exemplar.labels, json);
    WriteValue(exemplar.value, json);
    json.Key("timestampMs"), json.QuotedInt(Milliseconds(exemplar.unix_nanos));
    json.EndObject();
  }
  json.EndArray();
}

void WriteSamples(const Series& series, const traceql::TimeSteps& steps, JsonWriter& json) {
  json.Key("samples"), json.BeginArray();
  for (size_t i = 0; i < series.values.size(); ++i) {
    if (std::isnan(series.values[i])) continue;
    json.BeginObject();
    json.Key("timestampMs"), json.QuotedInt(Milliseconds(steps.EndOf(i)));
    WriteValue(series.values[i], json);
    json.EndObject();
  }
  json.EndArray();
}

void WriteEnd(const MetricsResponse& answer, JsonWriter& json) {
  json.Key("metrics");
  WriteQueryStats(answer.stats, json);
  if (!answer.message.empty()) {
    json.Key("status"), json.String("PARTIAL");
    json.Key("message"), json.String(answer.message);
  }
  json.EndObject();
}

void AppendLabels(const SeriesLabels& labels, protozero::pbf_writer& out) {
  for (const SeriesLabel& label : labels) AppendDatumPair(label.key, label.value.View(), 1, out);
}

void AppendExemplar(const Exemplar& exemplar, protozero::pbf_writer& out) {
  protozero::pbf_writer message(out, 4);
  AppendLabels(exemplar.labels, message);
  if (exemplar.value != 0) message.add_double(2, exemplar.value);
  message.add_int64(3, Milliseconds(exemplar.unix_nanos));
}

void AppendSeries(const Series& series, const traceql::TimeSteps& steps,
                  protozero::pbf_writer& out) {
  protozero::pbf_writer message(out, 1);
  AppendLabels(series.labels, message);
  for (size_t i = 0; i < series.values.size(); ++i) {
    if (std::isnan(series.values[i])) continue;
    protozero::pbf_writer sample(message, 2);
    if (series.values[i] != 0) sample.add_double(1, series.values[i]);
    sample.add_int64(2, Milliseconds(steps.EndOf(i)));
  }
  for (const Exemplar& exemplar : series.exemplars) AppendExemplar(exemplar, message);
}

void AppendEnd(const MetricsResponse& answer, protozero::pbf_writer& out) {
  AppendQueryStats(answer.stats, 2, out);
  if (answer.message.empty()) return;
  out.add_enum(3, kPartial);
  out.add_string(4, answer.message);
}

}  // namespace

MetricsResponse SliceIntervals(MetricsResponse answer, size_t begin, size_t end) {
  for (traceql::Series& series : answer.series) {
    for (size_t i = 0; i < series.values.size(); ++i) {
      if (i < begin || i >= end) series.values[i] = traceql::kNoSample;
    }
    std::erase_if(series.exemplars, [&](const traceql::Exemplar& exemplar) {
      const auto interval = answer.steps.IntervalOf(exemplar.unix_nanos);
      return !interval || *interval < begin || *interval >= end;
    });
  }
  DropEmpty(answer.series);
  return answer;
}

std::string QueryRangeToJson(const MetricsResponse& answer) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  json.Key("series"), json.BeginArray();
  for (const Series& series : answer.series) {
    json.BeginObject();
    WriteLabels(series.labels, json);
    WriteSamples(series, answer.steps, json);
    WriteExemplars(series, json);
    json.EndObject();
  }
  json.EndArray();
  WriteEnd(answer, json);
  return out;
}

std::string QueryInstantToJson(const MetricsResponse& answer) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  if (!answer.series.empty()) {
    json.Key("series"), json.BeginArray();
    for (const Series& series : answer.series) {
      json.BeginObject();
      WriteLabels(series.labels, json);
      WriteValue(series.values.front(), json);
      json.EndObject();
    }
    json.EndArray();
  }
  WriteEnd(answer, json);
  return out;
}

std::string QueryRangeToProtobuf(const MetricsResponse& answer) {
  std::string out;
  protozero::pbf_writer writer(out);
  for (const Series& series : answer.series) AppendSeries(series, answer.steps, writer);
  AppendEnd(answer, writer);
  return out;
}

std::string QueryInstantToProtobuf(const MetricsResponse& answer) {
  std::string out;
  protozero::pbf_writer writer(out);
  for (const Series& series : answer.series) {
    protozero::pbf_writer message(writer, 1);
    AppendLabels(series.labels, message);
    if (series.values.front() != 0) message.add_double(2, series.values.front());
  }
  AppendEnd(answer, writer);
  return out;
}

}  // namespace vivace
