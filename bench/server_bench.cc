// Load on the listeners alone: gRPC unary calls over loopback from a child process; prints the
// server process's CPU time.
//
//   server_bench [calls=10000] [bytes=113000] [connections=4] [in flight each=8] [threads=2]
//   server_bench serve PORT      serves the same methods until killed, for other clients
#include <fmt/format.h>
#include <nghttp2/nghttp2.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "server/http2_client_for_test.h"
#include "server/server.h"

namespace vivace {
namespace {

struct Load {
  int calls = 10'000;
  size_t bytes = 113'000;
  int connections = 4;
  int in_flight = 8;
  size_t threads = 2;
};

double CpuSeconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void RunConnection(const Load& load, uint16_t port) {
  TestHttp2Client client(port);
  const std::string message(load.bytes, 'm');
  for (int done = 0; done < load.calls / load.connections; done += load.in_flight) {
    std::vector<int32_t> ids;
    for (int i = 0; i < load.in_flight; ++i)
      ids.push_back(client.StartRpc("/bench.S/Sink", GrpcFrame(message)));
    for (const int32_t id : ids) {
      if (client.Wait(id).Field("grpc-status") != "0") std::exit(1);
    }
    client.ClearResponses();
  }
}

void RunClients(const Load& load, uint16_t port) {
  std::vector<std::thread> threads;
  for (int i = 0; i < load.connections; ++i)
    threads.emplace_back([&] { RunConnection(load, port); });
  for (auto& thread : threads) thread.join();
}

void AddMethods(GrpcService& service) {
  constexpr GrpcMessageLimits kLimits{.received_bytes_max = 64 << 20};
  service.AddUnary(
      "/bench.S/Sink",
      [](RpcRequest, RpcResponder respond) { respond({.message = std::string("\x0a\x00", 2)}); },
      kLimits);
  service.AddUnary(
      "/bench.S/Echo",
      [](RpcRequest request, RpcResponder respond) {
        respond({.message = std::move(request.message)});
      },
      kLimits);
  service.AddUnary("/bench.S/Hold", [](RpcRequest request, RpcResponder respond) {
    request.cancel_token->OnCancel([respond] {});
  });
}

int Serve(uint16_t port) {
  GrpcService service;
  AddMethods(service);
  Server server({.threads = 2});
  ListenOptions options;
  options.address = "127.0.0.1";
  options.port = port;
  const auto bound = server.Listen(options, nullptr, &service);
  fmt::print("{}\n", bound ? std::to_string(*bound) : bound.error().message);
  if (bound) pause();
  return 1;
}

// The clients run in a process of their own, forked before there are threads, and learn the port
// through a pipe.
int Run(const Load& load) {
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) return 1;
  const pid_t child = fork();
  if (child == 0) {
    uint16_t port = 0;
    if (read(pipe_ends[0], &port, sizeof(port)) != sizeof(port)) _exit(1);
    RunClients(load, port);
    _exit(0);
  }
  GrpcService service;
  AddMethods(service);
  Server server({.threads = load.threads});
  ListenOptions options;
  options.address = "127.0.0.1";
  const auto port = server.Listen(options, nullptr, &service);
  if (!port || write(pipe_ends[1], &*port, sizeof(*port)) != sizeof(*port)) return 1;
  const double cpu_before = CpuSeconds();
  const auto start = std::chrono::steady_clock::now();
  int status = 0;
  waitpid(child, &status, 0);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print(
      "{} calls of {} bytes on {} connections: server CPU {:.3f} s, wall {:.3f} s, peak {} MB, "
      "client status {}\n",
      load.calls, load.bytes, load.connections, CpuSeconds() - cpu_before, wall.count(),
      usage.ru_maxrss / 1024, status);
  return status;
}

}  // namespace
}  // namespace vivace

int main(int argc, char** argv) {
  const auto argument = [&](int at, long fallback) {
    return argc > at ? std::atol(argv[at]) : fallback;
  };
  if (argc > 2 && std::string(argv[1]) == "serve")
    return vivace::Serve(static_cast<uint16_t>(argument(2, 0)));
  const vivace::Load defaults;
  return vivace::Run(
      {.calls = static_cast<int>(argument(1, defaults.calls)),
       .bytes = static_cast<size_t>(argument(2, static_cast<long>(defaults.bytes))),
       .connections = static_cast<int>(argument(3, defaults.connections)),
       .in_flight = static_cast<int>(argument(4, defaults.in_flight)),
       .threads = static_cast<size_t>(argument(5, static_cast<long>(defaults.threads)))});
}
