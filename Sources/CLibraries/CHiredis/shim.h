// hiredis' protocol parts: the reply reader and the command formatter. Connections are ours.
#include <hiredis/hiredis.h>
#include <hiredis/read.h>
