#ifndef CARCHIVE_SHIM_H
#define CARCHIVE_SHIM_H

#include <archive.h>
#include <archive_entry.h>

// Swift does not import the macros that cast.
static const unsigned int CArchive_regularFile = AE_IFREG;
static const unsigned int CArchive_symbolicLink = AE_IFLNK;
static const unsigned int CArchive_folder = AE_IFDIR;

#endif
