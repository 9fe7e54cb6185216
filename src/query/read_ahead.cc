#include "query/read_ahead.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <optional>
#include <utility>

#include "block/format/schema.h"
#include "query/fetch_threads.h"
#include "query/source_reader.h"

namespace vivace {
namespace {

using Held = std::shared_ptr<const void>;

// Blocks beyond the newest one begun that are fetched at most.
constexpr size_t kBlocksAheadMax = 12;
// Blocks whose bloom filters are fetched at once: ten take a megabyte.
constexpr size_t kBloomsMax = 256;
constexpr std::chrono::milliseconds kCancelCheck{50};

}  // namespace

// Shared with fetch threads that may come when the query is over.
class ReadAhead::State : public std::enable_shared_from_this<State> {
 public:
  State(QuerySources& sources, std::span<const ViewTask> tasks, ReadAheadOptions options)
      : sources_(sources),
        fetchers_(*sources.catalog().fetchers()),
        options_(std::move(options)),
        tasks_(tasks),
        held_budget_(kHeldBytesMax, &sources.budget()),
        phases_(tasks.size(), Phase::kNone),
        holds_(tasks.size()) {
    for (size_t task = 0; task < tasks.size(); ++task) {
      const bool is_done = options_.is_done && options_.is_done(task);
      if (is_done || !sources.is_block(tasks[task].source)) phases_[task] = Phase::kDone;
      const bool is_next = blocks_.empty() || tasks[task].source != tasks[task - 1].source;
      if (is_next) blocks_.push_back({.first_task = task});
      blocks_.back().end_task = task + 1;
      block_of_.push_back(blocks_.size() - 1);
    }
  }

  void Start() {
    if (blocks_.empty()) return;
    const std::lock_guard lock(mutex_);
    Advance();
    if (options_.looks_for_traces) AskForBlooms();
  }

  void Stop() {
    std::unique_lock lock(mutex_);
    is_over_ = true;
    changed_.wait(lock, [&] { return running_ == 0; });
    holds_.clear();
  }

  Held Begin(size_t task) {
    std::unique_lock lock(mutex_);
    newest_block_ = std::max(newest_block_, block_of_[task]);
    Advance();
    while (phases_[task] != Phase::kDone) {
      changed_.wait_for(lock, kCancelCheck);
      if (IsCancelled()) return nullptr;
    }
    return std::exchange(holds_[task], nullptr);
  }

  void End() {
    const std::lock_guard lock(mutex_);
    const size_t more = options_.begins_slowly ? std::max<size_t>(2 * ahead_, 1) : kBlocksAheadMax;
    ahead_ = std::min(more, kBlocksAheadMax);
    Advance();
  }

 private:
  enum class Phase : uint8_t { kNone, kFetching, kDone };
  struct Block {
    size_t first_task = 0;
    size_t end_task = 0;
    Phase places = Phase::kNone;  // what says where things lie
  };
  using Lock = std::unique_lock<std::mutex>;

  bool IsCancelled() const {
    return options_.cancel_token != nullptr && options_.cancel_token->IsCancelled();
  }

  // Asks for what may be fetched by now. To be called with the mutex held, as what follows.
  void Advance() {
    const auto end_of = [&](size_t ahead) {
      return std::min(newest_block_ + ahead + 1, blocks_.size());
    };
    for (; next_columns_ < end_of(ahead_); ++next_columns_) AskForColumns(next_columns_);
    next_places_ = std::max(next_places_, next_columns_);
    for (; next_places_ < end_of(kBlocksAheadMax); ++next_places_) AskForPlaces(next_places_);
  }

  void AskForPlaces(size_t block) {
    if (!MayFetch(block)) return;
    blocks_[block].places = Phase::kFetching;
    Ask([this, block] {
      for (size_t task = blocks_[block].first_task; task < blocks_[block].end_task; ++task)
        FetchPlaces(task);
      const std::lock_guard lock(mutex_);
      blocks_[block].places = Phase::kDone;
    });
  }

  void AskForColumns(size_t block) {
    if (!MayFetch(block)) return;
    const auto [first, end, places] = blocks_[block];
    std::vector<size_t> tasks;
    for (size_t task = first; task < end; ++task) {
      if (phases_[task] != Phase::kNone) continue;
      phases_[task] = Phase::kFetching;
      tasks.push_back(task);
    }
    Ask([this, block, tasks] {
      WaitForPlaces(block);
      for (const size_t task : tasks) {
        Held held = FetchColumns(task);
        const std::lock_guard lock(mutex_);
        holds_[task] = std::move(held);
        phases_[task] = Phase::kDone;
        changed_.notify_all();
      }
    });
  }

  bool MayFetch(size_t block) const {
    const auto [first, end, places] = blocks_[block];
    return std::any_of(phases_.begin() + static_cast<ptrdiff_t>(first),
                       phases_.begin() + static_cast<ptrdiff_t>(end),
                       [](Phase phase) { return phase != Phase::kDone; });
  }

  void AskForBlooms() {
    for (size_t block = 0; block < std::min(blocks_.size(), kBloomsMax); ++block) {
      const uint32_t source = tasks_[blocks_[block].first_task].source;
      if (!sources_.is_block(source)) continue;
      Ask([this, source] { SourceReader(sources_, options_.cancel_token).ReadBloomAhead(source); });
    }
  }

  template <typename Fetch>
  void Ask(const Fetch& fetch) {
    fetchers_.Ask([shared = shared_from_this(), fetch] {
      if (!shared->Enter()) return;
      fetch();
      shared->Leave();
    });
  }

  // On fetch threads, without the mutex.

  bool Enter() {
    const std::lock_guard lock(mutex_);
    if (!is_over_) ++running_;
    return !is_over_;
  }

  void Leave() {
    const std::lock_guard lock(mutex_);
    --running_;
    changed_.notify_all();
  }

  bool IsOver() {
    const std::lock_guard lock(mutex_);
    return is_over_ || IsCancelled();
  }

  // They were asked for before, so that another thread is at it.
  void WaitForPlaces(size_t block) {
    Lock lock(mutex_);
    changed_.wait(lock, [&] { return is_over_ || blocks_[block].places != Phase::kFetching; });
  }

  void FetchPlaces(size_t task) {
    SourceReader reader(sources_, options_.cancel_token);
    if (!IsOver()) (void)CandidatesOf(task, reader);
  }

  // Of the task's first view; of a block that has more than its metadata say the others are not
  // fetched ahead.
  Result<SourceReader::Candidates> CandidatesOf(size_t task, SourceReader& reader) {
    const auto [source, view, is_last] = tasks_[task];
    VIVACE_ASSIGN(const size_t views, reader.ViewCount(source));
    if (view >= views || sources_.is_skipped(source))
      return SourceReader::Candidates{.any = false, .rows = {}};
    SourceReader::Candidates candidates;
    if (options_.pruning != nullptr) {
      VIVACE_ASSIGN(candidates, reader.MayMatch(source, view, *options_.pruning));
    }
    if (candidates.any) VIVACE_TRY(reader.RowCount(source, view));  // opens the file
    return candidates;
  }

  Held FetchColumns(size_t task) {
    if (IsOver()) return nullptr;
    SourceReader reader(sources_, options_.cancel_token);
    const Result<SourceReader::Candidates> candidates = CandidatesOf(task, reader);
    if (!candidates.has_value() || !candidates->any || IsOver()) return nullptr;
    const auto [source, view, is_last] = tasks_[task];
    LeafSet leaves = reader.LeavesOf(source, options_.columns);
    leaves.Add(sources_.leaves_read());
    return reader.ReadViewAhead(source, view, leaves, candidates->rows, held_budget_);
  }

  QuerySources& sources_;
  FetchThreads& fetchers_;
  const ReadAheadOptions options_;
  const std::span<const ViewTask> tasks_;
  MemoryBudget held_budget_;
  std::vector<size_t> block_of_;  // by task

  std::mutex mutex_;
  std::condition_variable changed_;
  // All guarded by mutex_, but for the tasks of blocks, which do not change.
  std::vector<Block> blocks_;
  std::vector<Phase> phases_;  // of columns, by task
  std::vector<Held> holds_;    // by task
  size_t newest_block_ = 0;    // of those begun
  size_t ahead_ = 0;           // blocks whose columns are fetched ahead
  size_t next_columns_ = 0;    // the first block not asked for
  size_t next_places_ = 0;
  size_t running_ = 0;
  bool is_over_ = false;
};

ReadAhead::ReadAhead(QuerySources& sources, std::span<const ViewTask> tasks,
                     ReadAheadOptions options) {
  if (sources.catalog().fetchers() == nullptr) return;
  state_ = std::make_shared<State>(sources, tasks, std::move(options));
  state_->Start();
}

ReadAhead::~ReadAhead() {
  if (state_ != nullptr) state_->Stop();
}

std::shared_ptr<const void> ReadAhead::Begin(size_t task) {
  return state_ == nullptr ? nullptr : state_->Begin(task);
}

void ReadAhead::End() {
  if (state_ != nullptr) state_->End();
}

std::vector<std::shared_ptr<const void>> ReadIdsAhead(QuerySources& sources, MemoryBudget& budget) {
  const std::shared_ptr<FetchThreads>& fetchers = sources.catalog().fetchers();
  if (fetchers == nullptr) return {};
  LeafSet ids;
  ids.Add(ColumnOf(Leaf::kTraceId));
  std::vector<std::vector<Held>> held(sources.size());
  const auto run = [&](size_t source) -> Status {
    if (!sources.is_block(source) || sources.is_skipped(source)) return {};
    SourceReader reader(sources);
    VIVACE_ASSIGN(const size_t views, reader.ViewCount(source));
    for (size_t view = 0; view < views; ++view)
      held[source].push_back(reader.ReadViewAhead(source, view, ids, std::nullopt, budget));
    return {};
  };
  const auto go_on = [](size_t, const Status&) -> Result<bool> { return true; };
  (void)RunOrdered(sources.size(), {.helpers = fetchers, .window = sources.size()},
                   {run, [&](size_t source) { held[source].clear(); }, go_on});
  std::vector<Held> all;
  for (std::vector<Held>& of_source : held) std::ranges::move(of_source, std::back_inserter(all));
  return all;
}

}  // namespace vivace
