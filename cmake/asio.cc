// The compiled halves of Asio and Beast, so that they are built once and not in every file that
// includes their headers.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
