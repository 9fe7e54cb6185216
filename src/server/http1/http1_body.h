// Http1Body: a request body that Beast's parser appends to a string, each byte taken from the
// request's lease before it is stored.
//
// Beast's own string_body reserves whatever a Content-Length announces. Memory here grows with what
// arrives.
#pragma once

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/optional.hpp>
#include <cstdint>
#include <string>

#include "server/transport/request_lease.h"

namespace vivace {

struct Http1Body {
  struct value_type {
    std::string bytes;
    RequestLease* lease = nullptr;  // set before the first byte arrives
  };

  // The error of a body that there is no memory for.
  static boost::system::error_code NoMemory() {
    return make_error_code(boost::system::errc::not_enough_memory);
  }

  class reader {
   public:
    template <bool kIsRequest, typename Fields>
    reader(boost::beast::http::header<kIsRequest, Fields>&, value_type& body) : body_(body) {}

    void init(const boost::optional<uint64_t>& length, boost::system::error_code& error) {
      constexpr uint64_t kReserveBytesMax = 1 << 20;
      if (length) body_.bytes.reserve(std::min(*length, kReserveBytesMax));
      error = {};
    }
    template <typename Buffers>
    size_t put(const Buffers& buffers, boost::system::error_code& error) {
      const size_t size = boost::asio::buffer_size(buffers);
      if (!body_.lease->TakeInput(size)) {
        error = NoMemory();
        return 0;
      }
      error = {};
      for (auto it = boost::asio::buffer_sequence_begin(buffers);
           it != boost::asio::buffer_sequence_end(buffers); ++it) {
        const boost::asio::const_buffer part = *it;
        body_.bytes.append(static_cast<const char*>(part.data()), part.size());
      }
      return size;
    }
    void finish(boost::system::error_code& error) { error = {}; }

   private:
    value_type& body_;
  };
};

}  // namespace vivace
