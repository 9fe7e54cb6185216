#include "block/block_list.h"

#include <algorithm>

#include "base/error_context.h"

namespace vivace {
namespace {

using Blocks = BlockList::Blocks;

const BlockMeta* FindBlock(const Blocks& blocks, const Uuid& id) {
  const auto found = std::ranges::lower_bound(blocks, id, {}, &BlockMeta::block_id);
  return found == blocks.end() || found->block_id != id ? nullptr : &*found;
}

void Sort(Blocks& blocks) { std::ranges::sort(blocks, {}, &BlockMeta::block_id); }

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

}  // namespace

std::shared_ptr<const Blocks> BlockList::Snapshot(const std::string& tenant) const {
  static const auto kNone = std::make_shared<const Blocks>();
  const std::lock_guard lock(mutex_);
  const auto found = tenants_.find(tenant);
  return found == tenants_.end() ? kNone : found->second;
}

std::vector<std::string> BlockList::Tenants() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [tenant, blocks] : tenants_) names.push_back(tenant);
  return names;
}

void BlockList::Replace(const std::string& tenant, Blocks blocks) {
  if (blocks.empty()) {
    tenants_.erase(tenant);
    return;
  }
  Sort(blocks);
  tenants_[tenant] = std::make_shared<const Blocks>(std::move(blocks));
}

void BlockList::Add(BlockMeta meta) {
  const std::lock_guard lock(mutex_);
  if (polling_) changed_.emplace(meta.tenant_id, meta.block_id);
  const std::string tenant = meta.tenant_id;
  Blocks blocks = tenants_.contains(tenant) ? *tenants_[tenant] : Blocks();
  std::erase_if(blocks, [&](const BlockMeta& block) { return block.block_id == meta.block_id; });
  blocks.push_back(std::move(meta));
  Replace(tenant, std::move(blocks));
}

void BlockList::Remove(const std::string& tenant, const Uuid& block) {
  const std::lock_guard lock(mutex_);
  if (polling_) changed_.emplace(tenant, block);
  const auto found = tenants_.find(tenant);
  if (found == tenants_.end()) return;
  Blocks blocks = *found->second;
  std::erase_if(blocks, [&](const BlockMeta& meta) { return meta.block_id == block; });
  Replace(tenant, std::move(blocks));
}

Result<PollReport> BlockList::Poll(const ObjectStore& store) {
  const std::lock_guard poll_lock(poll_mutex_);
  {
    const std::lock_guard lock(mutex_);
    polling_ = true;
    changed_.clear();
  }
  PollReport report;
  const Result<std::vector<std::string>> listed = store.List("");
  if (listed.has_value()) {
    std::set<std::string> tenants(listed->begin(), listed->end());
    for (std::string& known : Tenants()) tenants.insert(std::move(known));
    for (const std::string& tenant : tenants) PollTenant(store, tenant, report);
  }
  const std::lock_guard lock(mutex_);
  polling_ = false;
  for (const auto& [tenant, blocks] : tenants_) report.blocks += blocks->size();
  if (!listed.has_value()) return std::unexpected(listed.error());
  return report;
}

void BlockList::PollTenant(const ObjectStore& store, const std::string& tenant,
                           PollReport& report) {
  const Result<std::vector<std::string>> folders = store.List(tenant);
  if (!folders.has_value()) return report.problems.push_back(folders.error());
  const std::shared_ptr<const Blocks> known = Snapshot(tenant);
  Blocks seen;
  for (const std::string& folder : *folders) {
    const Result<Uuid> id = Uuid::Parse(folder);
    // Ids are written in lower case only: anything else is not a block's folder.
    if (!id.has_value() || id->ToString() != folder) continue;
    const BlockMeta* known_meta = FindBlock(*known, *id);
    const Result<std::vector<std::string>> names = store.List(BlockPrefix(tenant, *id));
    if (!names.has_value()) {
      report.problems.push_back(names.error());
      if (known_meta != nullptr) seen.push_back(*known_meta);
      continue;
    }
    if (!Contains(*names, kMetaName)) continue;
    Result<BlockMeta> meta = known_meta != nullptr ? *known_meta : ReadMeta(store, tenant, *id);
    if (meta.has_value()) {
      seen.push_back(*std::move(meta));
    } else if (meta.error().code != ErrorCode::kNotFound) {  // gone since it was listed: no problem
      report.problems.push_back(meta.error());
    }
  }
  Merge(tenant, std::move(seen), report);
}

void BlockList::Merge(const std::string& tenant, Blocks seen, PollReport& report) {
  const std::lock_guard lock(mutex_);
  const Blocks before = tenants_.contains(tenant) ? *tenants_[tenant] : Blocks();
  // What was set during the poll is newer than what the poll saw.
  std::erase_if(seen, [&](const BlockMeta& meta) {
    return changed_.contains({tenant, meta.block_id});
  });
  for (const BlockMeta& meta : before) {
    if (changed_.contains({tenant, meta.block_id})) seen.push_back(meta);
  }
  Sort(seen);
  for (const BlockMeta& meta : seen)
    report.added += FindBlock(before, meta.block_id) == nullptr ? 1 : 0;
  for (const BlockMeta& meta : before)
    report.removed += FindBlock(seen, meta.block_id) == nullptr ? 1 : 0;
  Replace(tenant, std::move(seen));
}

}  // namespace vivace
