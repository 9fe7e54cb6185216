// load_driver: sends recorded spans over and over to a server of this machine, each time as new
// traces; see Usage.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "corpus.h"
#include "load_run.h"

namespace vivace::bench {
namespace {

constexpr std::string_view kUsage =
    "Usage: load_driver [option]...\n"
    "Sends recorded OTLP requests to port N of this machine, each round with new ids, "
    "times moved to now and new random digits.\n"
    "  --data FILE        requests, each preceded by its length in 4 bytes little-endian "
    "(default tests/data/shop.otlp.zst)\n"
    "  --cut N            cuts them into requests of one scope and at most N spans\n"
    "  --protocol P       grpc (default) or http\n"
    "  --port N           default 4317 for gRPC, 4318 for HTTP\n"
    "  --spans N          how many to send, rounded up to whole requests (default 1000000)\n"
    "  --rate N           spans per second, latency counted from each request's scheduled time; "
    "0 (default): as fast as possible\n"
    "  --connections N    each has one request under way (default 4)\n"
    "  --seed N           the same seed sends the same ids (default 1)\n"
    "  --seconds N        sends nothing later than this (default 600)\n"
    "  --retry            sends again, after a pause, what met back-pressure "
    "(RESOURCE_EXHAUSTED, UNAVAILABLE, 429, 503)\n"
    "  --reconnect        sends again what was lost with its connection "
    "(without: that connection's work ends)\n"
    "  --json FILE        writes the figures as JSON\n"
    "  --ids FILE         writes a line \"trace-id acknowledged-spans unacknowledged-spans\" "
    "for each trace, in the order of sending,\n"
    "                     once all is sent\n"
    "  --ids-every N      only one trace in N of those (default 1)\n"
    "  --generate FILE    writes the requests to FILE (\"-\": standard output) "
    "instead of sending them\n"
    "Exit status: 0 all acknowledged, 1 not all, 2 wrong usage.\n";

struct Arguments {
  LoadOptions load;
  std::string data = "tests/data/shop.otlp.zst";
  size_t cut = 0;
  std::optional<int> port;
  std::string json_file;
  std::string ids_file;
  uint64_t ids_every = 1;
  std::string generate_file;
};

LoadRun* running = nullptr;
void StopRunning(int) {
  if (running != nullptr) running->Stop();
}

// False: no such option.
bool SetFlag(std::string_view name, Arguments& arguments) {
  if (name == "--retry") return arguments.load.retry = true;
  if (name == "--reconnect") return arguments.load.reconnect = true;
  return false;
}

// False: no such option or no such value. Throws std::invalid_argument or std::out_of_range where a
// number is none.
bool SetOption(std::string_view name, const std::string& value, Arguments& arguments) {
  LoadOptions& load = arguments.load;
  if (name == "--data") return arguments.data = value, true;
  if (name == "--cut") return arguments.cut = std::stoull(value), arguments.cut > 0;
  if (name == "--protocol") return load.grpc = value == "grpc", value == "grpc" || value == "http";
  if (name == "--port") return arguments.port = std::stoi(value), true;
  if (name == "--spans") return load.spans = std::stoull(value), true;
  if (name == "--rate") return load.rate_spans_per_s = std::stod(value), true;
  if (name == "--connections")
    return load.connections = std::stoi(value), load.connections > 0 && load.connections <= 1000;
  if (name == "--seed") return load.seed = std::stoull(value), true;
  if (name == "--seconds") return load.seconds_max = std::stod(value), true;
  if (name == "--json") return arguments.json_file = value, true;
  if (name == "--ids") return arguments.ids_file = value, true;
  if (name == "--ids-every")
    return arguments.ids_every = std::stoull(value), arguments.ids_every > 0;
  if (name == "--generate") return arguments.generate_file = value, true;
  return false;
}

std::optional<Arguments> ParseArguments(int count, char** values) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    if (SetFlag(values[i], arguments)) continue;
    try {
      if (i + 1 < count && SetOption(values[i], values[i + 1], arguments)) {
        ++i;
        continue;
      }
    } catch (const std::logic_error&) {
    }
    std::cerr << "load_driver: invalid option " << values[i] << "\n" << kUsage;
    return std::nullopt;
  }
  arguments.load.port = arguments.port.value_or(arguments.load.grpc ? 4317 : 4318);
  return arguments;
}

int Generate(LoadRun& run, const std::string& path) {
  std::ofstream file;
  if (path != "-") file.open(path, std::ios::binary);
  std::ostream& out = path == "-" ? std::cout : file;
  std::string body;
  for (uint64_t number = 0; number < run.request_count() && out; ++number) {
    run.Fill(number, body);
    const auto length = static_cast<uint32_t>(body.size());
    out.write(reinterpret_cast<const char*>(&length), sizeof(length))
        .write(body.data(), static_cast<std::streamsize>(body.size()));
  }
  out.flush();
  if (!out) std::cerr << "load_driver: cannot write " << path << "\n";
  return out ? 0 : 1;
}

nlohmann::ordered_json ToJson(const LoadReport& report, const LoadOptions& options) {
  const auto& latencies = report.latencies_ms;
  nlohmann::ordered_json json;
  json["protocol"] = options.grpc ? "grpc" : "http";
  json["connections"] = options.connections;
  json["rate_spans_per_second"] = options.rate_spans_per_s;
  json["seconds"] = report.seconds;
  json["requests"] = report.requests;
  json["spans"] = report.spans;
  json["spans_per_second"] =
      report.seconds > 0 ? static_cast<double>(report.spans) / report.seconds : 0;
  json["bytes"] = report.bytes;
  json["latency_ms"] = {{"p50", Quantile(latencies, 0.5)},
                        {"p90", Quantile(latencies, 0.9)},
                        {"p99", Quantile(latencies, 0.99)},
                        {"p99.9", Quantile(latencies, 0.999)},
                        {"max", Quantile(latencies, 1)}};
  json["errors"] = report.errors;
  json["retries"] = report.retries;
  json["rejected_spans"] = report.rejected_spans;
  json["messages"] = report.messages;
  return json;
}

void PrintTable(const nlohmann::ordered_json& json) {
  std::printf("%-22s %s, %d connections\n", "protocol", json["protocol"].get<std::string>().c_str(),
              json["connections"].get<int>());
  for (const char* name : {"seconds", "requests", "spans", "spans_per_second", "bytes", "errors",
                           "retries", "rejected_spans"}) {
    std::printf("%-22s %.10g\n", name, json[name].get<double>());
  }
  for (const auto& [name, value] : json["latency_ms"].items())
    std::printf("latency %-14s %.3f ms\n", name.c_str(), value.get<double>());
  for (const auto& [message, times] : json["messages"].items()) {
    std::printf("%8llu x %s\n", static_cast<unsigned long long>(times.get<uint64_t>()),
                message.c_str());
  }
}

// In the order of sending.
void WriteIds(const LoadReport& report, const std::string& path, uint64_t every) {
  std::vector<const std::pair<const std::string, TraceOutcome>*> traces;
  for (const auto& trace : report.traces) traces.push_back(&trace);
  std::sort(traces.begin(), traces.end(), [](const auto* a, const auto* b) {
    return a->second.last_request < b->second.last_request;
  });
  std::ofstream file(path);
  for (size_t i = 0; i < traces.size(); i += every) {
    const auto& [id, outcome] = *traces[i];
    file << ToHex(id) << ' ' << outcome.acknowledged << ' ' << outcome.unacknowledged << '\n';
  }
}

int Send(LoadRun& run, const Arguments& arguments) {
  running = &run;
  std::signal(SIGTERM, StopRunning);
  std::signal(SIGINT, StopRunning);
  const LoadReport report = run.Run();
  const nlohmann::ordered_json json = ToJson(report, arguments.load);
  PrintTable(json);
  if (!arguments.json_file.empty()) std::ofstream(arguments.json_file) << json.dump(2) << '\n';
  if (!arguments.ids_file.empty()) WriteIds(report, arguments.ids_file, arguments.ids_every);
  return report.requests == run.request_count() && report.errors == 0 && report.rejected_spans == 0
             ? 0
             : 1;
}

int Main(int count, char** values) {
  if (count == 2 && std::string_view(values[1]) == "--help") {
    std::cout << kUsage;
    return 0;
  }
  const std::optional<Arguments> arguments = ParseArguments(count, values);
  if (!arguments) return 2;
  const Result<Corpus> corpus = Corpus::Load(arguments->data, arguments->cut);
  if (!corpus) {
    std::cerr << "load_driver: " << corpus.error().message << "\n";
    return 2;
  }
  LoadRun run(*corpus, arguments->load);
  return arguments->generate_file.empty() ? Send(run, *arguments)
                                          : Generate(run, arguments->generate_file);
}

}  // namespace
}  // namespace vivace::bench

int main(int count, char** values) { return vivace::bench::Main(count, values); }
