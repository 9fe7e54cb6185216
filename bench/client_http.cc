#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include "client.h"
#include "socket.h"

namespace vivace::bench {
namespace {

struct Answer {
  int status = 0;
  bool closes = false;
  double retry_after_seconds = 0;
  std::string body;
};

template <typename Number>
Number ToNumber(std::string_view digits, int base = 10) {
  Number number{};
  std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  return number;
}

class HttpClient final : public Client {
 public:
  explicit HttpClient(Socket socket) : socket_(std::move(socket)) {}

  SendOutcome Send(std::string_view request) override {
    const std::string head =
        "POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
        "application/x-protobuf\r\nContent-Length: " +
        std::to_string(request.size()) + "\r\n\r\n";
    if (closed_ || !socket_.Send(head, request)) return {.message = "the connection is closed"};
    const std::optional<Answer> answer = ReadAnswer();
    if (!answer) return {.message = "the connection closed before the answer"};
    closed_ = answer->closes;
    return Classify(*answer);
  }

 private:
  using Kind = SendOutcome::Kind;

  static SendOutcome Classify(const Answer& answer) {
    if (answer.status == 200)
      return {
          .kind = Kind::kAcknowledged, .message = {}, .rejected_spans = RejectedSpans(answer.body)};
    const bool busy = answer.status == 429 || answer.status == 503;
    return {.kind = busy ? Kind::kBackPressure : Kind::kRefused,
            .message = "HTTP " + std::to_string(answer.status),
            .retry_after_seconds = answer.retry_after_seconds};
  }

  // Appends to `input_` until it holds `end` at or after `from`; the position after it.
  std::optional<size_t> ReadUntil(std::string_view end, size_t from) {
    size_t found;
    while ((found = input_.find(end, from)) == std::string::npos) {
      if (!ReadMore()) return std::nullopt;
    }
    return found + end.size();
  }

  bool ReadMore() {
    const std::string_view more = socket_.Receive();
    input_.append(more);
    return !more.empty();
  }

  std::optional<Answer> ReadAnswer() {
    const auto head_end = ReadUntil("\r\n\r\n", 0);
    if (!head_end) return std::nullopt;
    std::string head = input_.substr(0, *head_end);
    std::transform(head.begin(), head.end(), head.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    input_.erase(0, *head_end);
    Answer answer;
    answer.status =
        ToNumber<int>(std::string_view(head).substr(std::min<size_t>(9, head.size()), 3));
    answer.closes = head.find("connection: close") != std::string::npos;
    answer.retry_after_seconds = ToNumber<int>(Field(head, "\r\nretry-after: "));
    const bool chunked = head.find("transfer-encoding: chunked") != std::string::npos;
    const bool complete =
        chunked ? ReadChunks(answer.body)
                : ReadSized(ToNumber<size_t>(Field(head, "\r\ncontent-length: ")), answer.body);
    if (!complete) return std::nullopt;
    return answer;
  }

  static std::string_view Field(std::string_view head, std::string_view name) {
    const size_t at = head.find(name);
    if (at == std::string_view::npos) return {};
    head.remove_prefix(at + name.size());
    return head.substr(0, head.find('\r'));
  }

  bool ReadSized(size_t size, std::string& body) {
    while (input_.size() < size) {
      if (!ReadMore()) return false;
    }
    body.append(input_, 0, size);
    input_.erase(0, size);
    return true;
  }

  bool ReadChunks(std::string& body) {
    for (size_t size = 1; size > 0;) {
      const auto line_end = ReadUntil("\r\n", 0);
      if (!line_end) return false;
      size = ToNumber<size_t>(std::string_view(input_).substr(0, *line_end), 16);
      input_.erase(0, *line_end);
      if (!ReadSized(size, body) || !ReadUntil("\r\n", 0)) return false;
      input_.erase(0, 2);
    }
    return true;
  }

  Socket socket_;
  std::string input_;
  bool closed_ = false;
};

}  // namespace

Result<std::unique_ptr<Client>> ConnectHttp(int port) {
  VIVACE_ASSIGN(Socket socket, Socket::Connect(port));
  return std::make_unique<HttpClient>(std::move(socket));
}

}  // namespace vivace::bench
