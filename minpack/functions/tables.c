/* The large tables, once for all sets of instructions. */
#define MINPACK_TABLES
#include "tables.h"
