// HTTP responses in Tempo's styles, and content negotiation (spec/api.md 0.2, 0.4). For 401, 404
// and errors of the storage side: HttpErrorResponse of base/http.h.
//
// Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/http.h"

namespace vivace {

// The frontend's own errors: the text alone.
HttpResponse FrontendErrorResponse(int status, std::string_view text);
// No body and no content type.
HttpResponse EmptyResponse(int status);
HttpResponse JsonResponse(std::string body);
HttpResponse ProtobufResponse(std::string body);
HttpResponse PlainTextResponse(std::string body);

// `response`, marked as partial in a header that says why; as it is where `message` is empty. For
// answers whose own form has no place for it, and for those that have one too.
HttpResponse MarkPartial(HttpResponse response, std::string_view message);

// The answer to a query that failed: 4xx and 5xx by the error's code, in the style that Tempo uses
// for it.
HttpResponse QueryErrorResponse(const Error& error);

enum class ResponseFormat { kJson, kProtobuf, kLlm };

// By substrings of the Accept header, quality values ignored.
ResponseFormat NegotiateFormat(const HttpHeaders& headers);

}  // namespace vivace
