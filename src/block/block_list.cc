#include "block/block_list.h"

#include <algorithm>

#include "base/error_context.h"
#include "block/read_failure.h"

namespace vivace {
namespace {

using Blocks = BlockList::Blocks;

const Uuid& IdOf(const std::shared_ptr<const BlockMeta>& meta) { return meta->block_id; }

// Where the block is, or would be.
auto PlaceOf(const Blocks& blocks, const Uuid& id) {
  return std::ranges::lower_bound(blocks, id, {}, IdOf);
}

std::shared_ptr<const BlockMeta> FindBlock(const Blocks& blocks, const Uuid& id) {
  const auto found = PlaceOf(blocks, id);
  return found == blocks.end() || (*found)->block_id != id ? nullptr : *found;
}

// How many of `blocks` are not in `others`.
uint64_t CountMissing(const Blocks& blocks, const Blocks& others) {
  return static_cast<uint64_t>(std::ranges::count_if(
      blocks, [&](const auto& meta) { return FindBlock(others, meta->block_id) == nullptr; }));
}

bool Contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

Result<BlockMeta> ReadMeta(const ObjectStore& store, const std::string& tenant, const Uuid& id) {
  const std::string key = BlockKey(tenant, id, kMetaName);
  VIVACE_ASSIGN(const std::string json, store.Read(key));
  VIVACE_ASSIGN(BlockMeta meta, WithContext(ParseBlockMeta(json), key));
  if (meta.block_id != id)
    return Fail(ErrorCode::kDataLoss, key + ": has another block id, " + meta.block_id.ToString());
  meta.tenant_id = tenant;  // the store's key wins over its content
  return meta;
}

// The metadata of a block whose folder has a meta.json, as it was listed. What is still listed and
// still no object is damage (a folder of that name, say): a block must not vanish for it.
Result<BlockMeta> ReadListedMeta(const ObjectStore& store, const std::string& tenant,
                                 const Uuid& id) {
  Result<BlockMeta> meta = ReadMeta(store, tenant, id);
  if (meta.has_value() || meta.error().code != ErrorCode::kNotFound) return meta;
  VIVACE_ASSIGN(const std::vector<std::string> names, store.List(BlockPrefix(tenant, id)));
  if (Contains(names, kMetaName))
    return Fail(ErrorCode::kDataLoss, meta.error().message + ", though it is listed");
  return meta;
}

// The metadata in one folder of a tenant, the known one where there is one. NOT_FOUND: no block, or
// none any more.
Result<std::shared_ptr<const BlockMeta>> ReadFolder(const ObjectStore& store,
                                                    const std::string& tenant, const Uuid& id,
                                                    const Blocks& known,
                                                    std::vector<Error>& problems) {
  const std::shared_ptr<const BlockMeta> known_meta = FindBlock(known, id);
  const Result<std::vector<std::string>> names = store.List(BlockPrefix(tenant, id));
  if (!names.has_value()) {
    // A block that is known stays so until the store says that it is gone.
    if (known_meta == nullptr) return std::unexpected(names.error());
    problems.push_back(names.error());
    return known_meta;
  }
  if (!Contains(*names, kMetaName)) return Fail(ErrorCode::kNotFound, "no meta.json");
  if (known_meta != nullptr) return known_meta;
  VIVACE_ASSIGN(BlockMeta meta, ReadListedMeta(store, tenant, id));
  return std::make_shared<const BlockMeta>(std::move(meta));
}

// Ids are written in lower case only: anything else is not a block's folder.
std::optional<Uuid> BlockOfFolder(const std::string& folder) {
  const Result<Uuid> id = Uuid::Parse(folder);
  return id.has_value() && id->ToString() == folder ? std::optional(*id) : std::nullopt;
}

}  // namespace

std::shared_ptr<const BlockList::Listed> BlockList::Snapshot(const std::string& tenant) const {
  static const auto kNone = std::make_shared<const Listed>();
  const std::lock_guard lock(mutex_);
  const auto found = tenants_.find(tenant);
  return found == tenants_.end() ? kNone : found->second.listed;
}

const BlockList::Listed& BlockList::Known(const std::string& tenant) const {
  static const Listed kNone;
  const auto found = tenants_.find(tenant);
  return found == tenants_.end() ? kNone : *found->second.listed;
}

std::vector<std::string> BlockList::Tenants() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, tenant] : tenants_) names.push_back(name);
  return names;
}

void BlockList::Replace(const std::string& tenant, Listed listed) {
  if (listed.blocks.empty() && listed.damaged == 0 && !listed.unknown.has_value()) {
    tenants_.erase(tenant);
    return;
  }
  tenants_[tenant].listed = std::make_shared<const Listed>(std::move(listed));
}

void BlockList::NoteChange(const std::string& tenant, const Uuid& block) {
  for (PollState& poll : polls_) poll.changed.emplace(tenant, block);
}

void BlockList::Add(BlockMeta meta) {
  const std::lock_guard lock(mutex_);
  NoteChange(meta.tenant_id, meta.block_id);
  const std::string tenant = meta.tenant_id;
  Listed listed = Known(tenant);
  const auto place =
      listed.blocks.begin() + (PlaceOf(listed.blocks, meta.block_id) - listed.blocks.cbegin());
  const bool is_there = place != listed.blocks.end() && (*place)->block_id == meta.block_id;
  auto added = std::make_shared<const BlockMeta>(std::move(meta));
  if (is_there) {
    *place = std::move(added);
  } else {
    listed.blocks.insert(place, std::move(added));
  }
  Replace(tenant, std::move(listed));
}

void BlockList::Remove(const std::string& tenant, const Uuid& block) {
  const std::lock_guard lock(mutex_);
  NoteChange(tenant, block);
  Listed listed = Known(tenant);
  std::erase_if(listed.blocks, [&](const auto& meta) { return meta->block_id == block; });
  Replace(tenant, std::move(listed));
}

BlockList::PollIterator BlockList::BeginPoll() {
  const std::lock_guard lock(mutex_);
  polls_.push_back({.number = ++polls_begun_, .changed = {}, .report = {}});
  return std::prev(polls_.end());
}

PollReport BlockList::EndPoll(PollIterator poll) {
  const std::lock_guard lock(mutex_);
  PollReport report = std::move(poll->report);
  polls_.erase(poll);
  for (const auto& [name, tenant] : tenants_) report.blocks += tenant.listed->blocks.size();
  return report;
}

Result<PollReport> BlockList::Poll(const ObjectStore& store) {
  const PollIterator poll = BeginPoll();
  const Result<std::vector<std::string>> listed = store.List("");
  if (listed.has_value()) {
    std::set<std::string> tenants(listed->begin(), listed->end());
    for (std::string& known : Tenants()) tenants.insert(std::move(known));
    for (const std::string& tenant : tenants) PollOne(store, tenant, *poll);
  }
  PollReport report = EndPoll(poll);
  if (!listed.has_value()) return std::unexpected(listed.error());
  return report;
}

PollReport BlockList::PollTenant(const ObjectStore& store, const std::string& tenant) {
  const PollIterator poll = BeginPoll();
  PollOne(store, tenant, *poll);
  return EndPoll(poll);
}

void BlockList::PollOne(const ObjectStore& store, const std::string& tenant, PollState& poll) {
  const std::shared_ptr<const Listed> known = Snapshot(tenant);
  Listed seen;
  const Result<std::vector<std::string>> folders = store.List(tenant);
  if (!folders.has_value()) {
    poll.report.problems.push_back(folders.error());
    // A list that was whole may be a little old; no list at all is no answer.
    if (!known->blocks.empty() && !known->unknown.has_value()) return;
    seen = *known;
    seen.unknown = folders.error();
    return Merge(tenant, std::move(seen), poll);
  }
  for (const std::string& folder : *folders) {
    const std::optional<Uuid> id = BlockOfFolder(folder);
    if (!id.has_value()) continue;
    Result<std::shared_ptr<const BlockMeta>> meta =
        ReadFolder(store, tenant, *id, known->blocks, poll.report.problems);
    if (meta.has_value()) {
      seen.blocks.push_back(*std::move(meta));
      continue;
    }
    const ReadFailure failure = ReadFailureOf(meta.error());
    if (failure == ReadFailure::kGone) continue;
    poll.report.problems.push_back(meta.error());
    if (failure == ReadFailure::kDamage) ++seen.damaged;
    if (failure == ReadFailure::kUnavailable) seen.unknown = meta.error();
  }
  Merge(tenant, std::move(seen), poll);
}

void BlockList::Merge(const std::string& tenant, Listed seen, PollState& poll) {
  const std::lock_guard lock(mutex_);
  const auto found = tenants_.find(tenant);
  // A poll that began later knows better.
  if (found != tenants_.end() && found->second.poll > poll.number) return;
  const Blocks before = Known(tenant).blocks;
  // What was set during the poll is newer than what the poll saw.
  const auto was_changed = [&](const auto& meta) {
    return poll.changed.contains({tenant, meta->block_id});
  };
  std::erase_if(seen.blocks, was_changed);
  std::ranges::copy_if(before, std::back_inserter(seen.blocks), was_changed);
  std::ranges::sort(seen.blocks, {}, IdOf);
  poll.report.added += CountMissing(seen.blocks, before);
  poll.report.removed += CountMissing(before, seen.blocks);
  Replace(tenant, std::move(seen));
  if (const auto kept = tenants_.find(tenant); kept != tenants_.end())
    kept->second.poll = poll.number;
}

}  // namespace vivace
