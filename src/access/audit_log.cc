#include "access/audit_log.h"

#include <fmt/format.h>

#include <chrono>

#include "base/json_writer.h"
#include "base/log.h"
#include "base/rfc3339.h"

namespace vivace {
namespace {

// A query is shown as far as this.
constexpr size_t kTextBytesMax = 4096;

std::string LineOf(const AuditEntry& entry) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  std::string line;
  JsonWriter json(line);
  const auto text = [&](std::string_view key, std::string_view value) {
    json.Key(key);
    json.String(value.substr(0, kTextBytesMax));
  };
  json.BeginObject();
  text("time", FormatRfc3339(std::chrono::duration_cast<std::chrono::seconds>(now).count()));
  text("who", entry.who);
  text("tenant", entry.tenant);
  text("method", entry.method);
  text("route", entry.route);
  text("query", entry.query);
  json.Key("status");
  json.Int(entry.status);
  json.Key("bytes");
  json.Int(static_cast<int64_t>(entry.bytes));
  json.Key("duration_seconds");
  json.Double(entry.seconds);
  text("peer", entry.peer);
  if (!entry.client.empty()) text("client", entry.client);
  json.EndObject();
  return line + "\n";
}

}  // namespace

Result<std::unique_ptr<AuditLog>> AuditLog::Open(FileSystem& files, AuditOptions options) {
  std::unique_ptr<AuditLog> log(new AuditLog(files, std::move(options)));
  VIVACE_TRY(log->OpenFile());
  return log;
}

Status AuditLog::OpenFile() {
  auto file = files_.Open(options_.path, OpenMode::kAppendOrCreate);
  if (!file)
    return Fail(ErrorCode::kUnavailable,
                fmt::format("audit log {}: {}", options_.path, file.error().message));
  file_ = *std::move(file);
  const Result<FileInfo> info = file_->Info();
  bytes_ = info ? info->size : 0;
  return {};
}

// FILE becomes FILE.1, FILE.1 becomes FILE.2, and so on.
void AuditLog::Rotate() {
  file_.reset();
  const auto name = [this](int number) {
    return number == 0 ? options_.path : fmt::format("{}.{}", options_.path, number);
  };
  (void)files_.Remove(name(options_.files_max));
  for (int number = options_.files_max - 1; number >= 0; --number)
    (void)files_.Rename(name(number), name(number + 1));
}

void AuditLog::Report(const std::string& problem) {
  if (!was_reported_) LogError("cannot write audit log", {{"err", problem}});
  was_reported_ = true;
}

void AuditLog::Write(const AuditEntry& entry) {
  const std::string line = LineOf(entry);
  const std::lock_guard lock(mutex_);
  if (file_ != nullptr && bytes_ + line.size() > options_.bytes_max && bytes_ > 0) Rotate();
  if (file_ == nullptr) {
    if (const Status status = OpenFile(); !status) return Report(status.error().message);
  }
  if (const Status written = file_->Append(line); !written) return Report(written.error().message);
  bytes_ += line.size();
  was_reported_ = false;
}

}  // namespace vivace
