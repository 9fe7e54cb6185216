// main() of the fuzz programs: runs the seeds, then mutations of them until a number or a time is
// reached.
//
//   fuzz_X [-runs=N] [-max_total_time=SECONDS] [-seed=N] [-timeout=SECONDS]
//          [-artifact_prefix=PATH] [FILE or DIRECTORY]...
//
// Options and meaning are libFuzzer's as far as they go: files are run as they are and nothing
// else, a directory adds to the seeds. Without coverage (a normal build) the same options give the
// same inputs on every machine. Built with -fsanitize-coverage=trace-pc (make fuzz) an input that
// reaches new code joins the corpus. An input that crashes, takes longer than the timeout or more
// memory than the limit is written to PATHcrash-N, and the exit status is not 0.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "fuzz_target.h"

// Present where a sanitizer is: called before it ends the process.
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace {

constexpr size_t kInputBytesMax = size_t{1} << 20;
constexpr size_t kCorpusMax = 20'000;
constexpr long kMemoryKilobytesMax = 4L << 20;
constexpr size_t kEdges = size_t{1} << 18;

struct Options {
  uint64_t runs = 0;  // 0: no limit
  uint64_t max_total_time = 0;
  uint64_t seed = 1;
  uint64_t timeout = 30;
  std::string artifact_prefix;
  std::vector<std::string> paths;
};

// --- coverage: which code an input reached ---

std::array<uint8_t, kEdges> reached_now;
std::array<uint8_t, kEdges> reached_ever;
thread_local uintptr_t previous_location = 0;

// --- what the signal handlers need ---

const std::string* current_input = nullptr;
char artifact_path[4096];
const char* program_name = "";

void SaveInput() {
  if (current_input == nullptr) return;
  const std::string& input = *current_input;
  current_input = nullptr;
  const int fd = open(artifact_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0 || write(fd, input.data(), input.size()) != static_cast<ssize_t>(input.size())) {
    std::fprintf(stderr, "cannot write %s\n", artifact_path);
    return;
  }
  close(fd);
  std::fprintf(stderr, "input of %zu bytes kept; reproduce with: %s %s\n", input.size(),
               program_name, artifact_path);
}

void OnSignal(int signal) {
  std::fprintf(stderr, "\n%s: signal %d%s\n", program_name, signal,
               signal == SIGALRM ? " (an input took too long)" : "");
  SaveInput();
  _exit(1);
}

void InstallHandlers() {
  std::signal(SIGALRM, OnSignal);
  std::signal(SIGABRT, OnSignal);
  if (__sanitizer_set_death_callback != nullptr) {
    __sanitizer_set_death_callback(SaveInput);
    return;  // the sanitizer reports these signals itself
  }
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(signal, OnSignal);
}

// --- running ---

std::string Hash(const std::string& input) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : input) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

void CheckMemory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  if (usage.ru_maxrss <= kMemoryKilobytesMax) return;
  std::fprintf(stderr, "\n%s: more than %ld MiB of memory\n", program_name,
               kMemoryKilobytesMax >> 10);
  SaveInput();
  _exit(1);
}

// How often an edge was passed, in steps of two: a loop that runs much longer than before counts as
// new, one more iteration does not.
uint8_t CountBucket(uint8_t count) {
  return count <= 3 ? count : count < 8 ? 4 : count < 32 ? 8 : count < 128 ? 16 : 32;
}

// Whether the last input reached something new.
bool TakeCoverage() {
  bool is_new = false;
  for (size_t edge = 0; edge < kEdges; ++edge) {
    if (reached_now[edge] == 0) continue;
    const uint8_t bit = CountBucket(reached_now[edge]);
    is_new |= (reached_ever[edge] & bit) != bit;
    reached_ever[edge] |= bit;
  }
  return is_new;
}

bool RunOne(const std::string& input, const Options& options) {
  const std::string path = options.artifact_prefix + "crash-" + Hash(input);
  std::snprintf(artifact_path, sizeof artifact_path, "%s", path.c_str());
  // A copy of exactly the input's size, so that reading past its end is noticed.
  const std::vector<uint8_t> bytes(input.begin(), input.end());
  reached_now.fill(0);
  previous_location = 0;
  current_input = &input;
  alarm(static_cast<unsigned>(options.timeout));
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  alarm(0);
  CheckMemory();
  current_input = nullptr;
  return TakeCoverage();
}

// --- mutations ---

class Mutator {
 public:
  explicit Mutator(uint64_t seed) : random_(seed) {}

  std::string Mutate(const std::vector<std::string>& corpus) {
    // Inputs found last are picked more often: they are the frontier.
    const bool recent = corpus.size() > 16 && Below(2) == 0;
    const size_t pick = recent ? corpus.size() - 1 - Below(std::max<size_t>(corpus.size() / 8, 1))
                               : Below(corpus.size());
    std::string input = corpus[pick];
    for (uint64_t steps = uint64_t{1} << Below(4); steps > 0; --steps) Step(input, corpus);
    if (input.size() > kInputBytesMax) input.resize(kInputBytesMax);
    return input;
  }

 private:
  uint64_t Below(uint64_t end) { return end == 0 ? 0 : random_() % end; }
  // Mostly small, sometimes up to `max`.
  size_t Length(size_t max) {
    return max == 0 ? 0 : 1 + Below(Below(4) == 0 ? max : std::min<size_t>(max, 16));
  }

  void Step(std::string& input, const std::vector<std::string>& corpus) {
    if (input.empty()) input.push_back(static_cast<char>(random_()));
    const size_t at = Below(input.size());
    switch (Below(10)) {
      case 0:
        input[at] = static_cast<char>(input[at] ^ (1 << Below(8)));
        break;
      case 1:
        input[at] = static_cast<char>(random_());
        break;
      case 2:
        input[at] = static_cast<char>(input[at] + static_cast<int>(Below(35)) - 17);
        break;
      case 3:
        OverwriteNumber(input, at);
        break;
      case 4:
        input.resize(at);
        break;
      case 5:
        input.erase(at, Length(input.size() - at));
        break;
      case 6:
        input.insert(at, std::string(Length(64), static_cast<char>(random_())));
        break;
      case 7: {  // again what is there
        const std::string piece = input.substr(at, Length(input.size() - at));
        input.insert(Below(input.size() + 1), piece);
        break;
      }
      case 8: {
        const std::string& other = corpus[Below(corpus.size())];
        const size_t from = Below(other.size());
        input.insert(at, other, from, Length(other.size() - from));
        break;
      }
      default: {
        const std::string& other = corpus[Below(corpus.size())];
        const size_t from = Below(other.size());
        const size_t size = std::min(Length(other.size() - from), input.size() - at);
        input.replace(at, size, other, from, size);
      }
    }
  }

  void OverwriteNumber(std::string& input, size_t at) {
    constexpr uint64_t kValues[] = {0,           1,          0x7f,       0x80,
                                    0xff,        0x7fff,     0x8000,     0xffff,
                                    0x7fffffff,  0x80000000, 0xffffffff, ~uint64_t{0} >> 1,
                                    ~uint64_t{0}};
    const uint64_t value = kValues[Below(std::size(kValues))];
    const size_t size = std::min<size_t>(size_t{1} << Below(4), input.size() - at);
    for (size_t i = 0; i < size; ++i) input[at + i] = static_cast<char>(value >> (8 * i));
  }

  std::mt19937_64 random_;
};

// --- the command line ---

bool TakeNumber(std::string_view argument, std::string_view name, uint64_t& value) {
  if (!argument.starts_with(name)) return false;
  const std::string_view text = argument.substr(name.size());
  if (std::from_chars(text.data(), text.data() + text.size(), value).ptr ==
          text.data() + text.size() &&
      !text.empty())
    return true;
  std::fprintf(stderr, "not a number: %.*s\n", static_cast<int>(argument.size()), argument.data());
  std::exit(2);
}

Options ParseOptions(int count, char** arguments) {
  constexpr std::string_view kPrefixOption = "-artifact_prefix=";
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    if (TakeNumber(argument, "-runs=", options.runs) ||
        TakeNumber(argument, "-max_total_time=", options.max_total_time) ||
        TakeNumber(argument, "-seed=", options.seed) ||
        TakeNumber(argument, "-timeout=", options.timeout)) {
      continue;
    }
    if (argument.starts_with(kPrefixOption)) {
      options.artifact_prefix = argument.substr(kPrefixOption.size());
    } else if (argument.starts_with('-')) {
      std::fprintf(stderr, "unknown option %s\n", arguments[i]);
      std::exit(2);
    } else {
      options.paths.emplace_back(argument);
    }
  }
  return options;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "cannot read %s\n", path.c_str());
    std::exit(2);
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

int RunFiles(const Options& options) {
  for (const std::string& path : options.paths) RunOne(ReadFile(path), options);
  std::printf("%s: %zu files done\n", program_name, options.paths.size());
  return 0;
}

int Fuzz(const Options& options, std::vector<std::string> corpus) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(Clock::now() - begin).count(); };
  const size_t seeds = corpus.size();
  for (const std::string& seed : corpus) RunOne(seed, options);
  Mutator mutator(options.seed);
  uint64_t runs = 0;
  while ((options.runs == 0 || runs < options.runs) &&
         (options.max_total_time == 0 || seconds() < static_cast<double>(options.max_total_time))) {
    const std::string input = mutator.Mutate(corpus);
    ++runs;
    if (RunOne(input, options) && corpus.size() < kCorpusMax) corpus.push_back(input);
  }
  const auto edges = static_cast<size_t>(std::count_if(reached_ever.begin(), reached_ever.end(),
                                                       [](uint8_t hits) { return hits != 0; }));
  std::printf("%s: %zu seeds and %llu mutations in %.1f s, no crash", program_name, seeds,
              static_cast<unsigned long long>(runs), seconds());
  if (edges > 0) std::printf("; %zu edges reached, corpus of %zu", edges, corpus.size());
  std::printf("\n");
  return 0;
}

}  // namespace

// Called by the instrumented code (not this file) at the beginning of each basic block.
extern "C" void __sanitizer_cov_trace_pc() {
  const auto location = reinterpret_cast<uintptr_t>(__builtin_return_address(0));
  const uintptr_t mixed = (location ^ (location >> 17)) * 0x9e3779b1u;
  uint8_t& count = reached_now[(mixed ^ (previous_location >> 1)) % kEdges];
  if (count < 255) ++count;
  previous_location = mixed;
}

namespace vivace::fuzz {

void Require(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "\n%s: does not hold: %.*s\n", program_name, static_cast<int>(what.size()),
               what.data());
  SaveInput();
  _exit(1);
}

std::string ReadSourceFile(const std::string& path) {
  return ReadFile(VIVACE_SOURCE_DIR "/" + path);
}

std::vector<std::string> ReadSourceLines(const std::string& path) {
  std::vector<std::string> lines;
  std::ifstream file(VIVACE_SOURCE_DIR "/" + path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  Require(!lines.empty(), "the file of seeds " + path + " can be read");
  return lines;
}

}  // namespace vivace::fuzz

int main(int count, char** arguments) {
  program_name = arguments[0];
  const Options options = ParseOptions(count, arguments);
  InstallHandlers();
  const auto is_directory = [](const std::string& path) {
    return std::filesystem::is_directory(path);
  };
  if (!options.paths.empty() && std::ranges::none_of(options.paths, is_directory))
    return RunFiles(options);
  std::vector<std::string> corpus = vivace::fuzz::Seeds();
  for (const std::string& path : options.paths) {
    if (!is_directory(path)) continue;
    for (const auto& entry : std::filesystem::directory_iterator(path))
      corpus.push_back(ReadFile(entry.path().string()));
  }
  if (corpus.empty()) corpus.emplace_back();
  return Fuzz(options, std::move(corpus));
}
