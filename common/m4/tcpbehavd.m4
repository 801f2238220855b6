# Checks of tcpbehavd's own configure. Each adds to AM_CFLAGS, AM_CPPFLAGS or AM_LDFLAGS, never to the user's CFLAGS.

# TCPBEHAV_TRY_CFLAG(FLAG): adds FLAG to AM_CFLAGS if the compiler knows it.
AC_DEFUN([TCPBEHAV_TRY_CFLAG], [
	tcpbehav_saved="$CFLAGS"
	CFLAGS="$CFLAGS -Werror $1"
	AC_MSG_CHECKING([whether $CC accepts $1])
	AC_COMPILE_IFELSE([AC_LANG_PROGRAM()],
		[AC_MSG_RESULT([yes])
		AM_CFLAGS="$AM_CFLAGS $1"],
		[AC_MSG_RESULT([no])])
	CFLAGS="$tcpbehav_saved"
])

# TCPBEHAV_TRY_LDFLAG(FLAG, VARIABLE): adds FLAG to VARIABLE if the linker knows it.
AC_DEFUN([TCPBEHAV_TRY_LDFLAG], [
	tcpbehav_saved="$LDFLAGS"
	LDFLAGS="$LDFLAGS -Werror $1"
	AC_MSG_CHECKING([whether the linker accepts $1])
	AC_LINK_IFELSE([AC_LANG_PROGRAM()],
		[AC_MSG_RESULT([yes])
		$2="$$2 $1"],
		[AC_MSG_RESULT([no])])
	LDFLAGS="$tcpbehav_saved"
])

AC_DEFUN([TCPBEHAV_STANDARD], [
	AC_SUBST([AM_CFLAGS])
	AC_SUBST([AM_CPPFLAGS])
	AC_SUBST([AM_LDFLAGS])
	AM_CFLAGS="-std=gnu11"
	AM_CPPFLAGS=
	AM_LDFLAGS=
])

AC_DEFUN([TCPBEHAV_WARNINGS], [
	AM_CFLAGS="$AM_CFLAGS -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes -Wmissing-prototypes"
	AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [treat warnings as errors])])
	AS_IF([test "x$enable_werror" = xyes], [AM_CFLAGS="$AM_CFLAGS -Werror"])
])

AC_DEFUN([TCPBEHAV_SANITIZERS], [
	AC_ARG_ENABLE([sanitizers],
		[AS_HELP_STRING([--enable-sanitizers=LIST], [build with -fsanitize=LIST, for example address,undefined])])
	AS_CASE([$enable_sanitizers],
		[yes], [enable_sanitizers=address,undefined],
		[no], [enable_sanitizers=])
	AS_IF([test -n "$enable_sanitizers"],
		[AM_CFLAGS="$AM_CFLAGS -fsanitize=$enable_sanitizers -fno-sanitize-recover=all -fno-omit-frame-pointer"
		AC_DEFINE([SANITIZED], [1], [Define if built with sanitizers: they trace their own process])
		AM_LDFLAGS="$AM_LDFLAGS -fsanitize=$enable_sanitizers"])
	AM_CONDITIONAL([SANITIZED], [test -n "$enable_sanitizers"])
])

AC_DEFUN([TCPBEHAV_FUZZER], [
	AC_ARG_ENABLE([fuzzer],
		[AS_HELP_STRING([--enable-fuzzer], [build the tests/fuzz_* programs with libFuzzer (needs clang)])])
	AS_IF([test "x$enable_fuzzer" = xyes], [AM_CFLAGS="$AM_CFLAGS -fsanitize=fuzzer-no-link"])
	AM_CONDITIONAL([FUZZER], [test "x$enable_fuzzer" = xyes])
])

# Sanitizers bring checks of their own that _FORTIFY_SOURCE hides; without optimisation it only warns.
AC_DEFUN([TCPBEHAV_HARDENING], [
	AC_SUBST([PROGRAM_CFLAGS])
	AC_SUBST([PROGRAM_LDFLAGS])
	TCPBEHAV_TRY_CFLAG([-fstack-protector-strong])
	AS_CASE([" $CFLAGS ${enable_sanitizers:+sanitized}"],
		[*sanitized], [],
		[*" -O"@<:@123s@:>@*], [AM_CPPFLAGS="$AM_CPPFLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"])
	PROGRAM_CFLAGS=-fPIE
	TCPBEHAV_TRY_LDFLAG([-pie], [PROGRAM_LDFLAGS])
	TCPBEHAV_TRY_LDFLAG([-Wl,-z,relro,-z,now], [AM_LDFLAGS])
	TCPBEHAV_TRY_LDFLAG([-Wl,--as-needed], [AM_LDFLAGS])
])

# The public library exports tcpbehav_* only: by version script, or where there is none by libtool's list.
AC_DEFUN([TCPBEHAV_EXPORTS], [
	AC_SUBST([EXPORTS_LDFLAGS])
	TCPBEHAV_TRY_LDFLAG([-Wl,--version-script=$srcdir/client/tcpbehav.map], [tcpbehav_script])
	AS_IF([test -n "$tcpbehav_script"],
		[EXPORTS_LDFLAGS='-Wl,--version-script=$(top_srcdir)/client/tcpbehav.map'],
		[EXPORTS_LDFLAGS="-export-symbols-regex ^tcpbehav_"])
])

AC_DEFUN([TCPBEHAV_UNIT_DIR], [
	AC_ARG_WITH([systemdsystemunitdir],
		[AS_HELP_STRING([--with-systemdsystemunitdir=DIR],
			[where unit files go (default: PREFIX/lib/systemd/system), or no])],
		[], [with_systemdsystemunitdir='${prefix}/lib/systemd/system'])
	AC_SUBST([systemdsystemunitdir], [$with_systemdsystemunitdir])
	AM_CONDITIONAL([SYSTEMD], [test "x$with_systemdsystemunitdir" != xno])
])

# A static program starts in half the time: bin/tcpctl is one where the C library and those of its needs are there static.
AC_DEFUN([TCPBEHAV_STATIC], [
	AC_SUBST([STATIC_LDFLAGS])
	AS_IF([test -z "$enable_sanitizers"], [
		tcpbehav_saved_libs="$LIBS"
		LIBS="$MD_LIBS $ZLIB_LIBS $LIBS"
		TCPBEHAV_TRY_LDFLAG([-static], [tcpbehav_static])
		LIBS="$tcpbehav_saved_libs"
		AS_IF([test -n "$tcpbehav_static"], [STATIC_LDFLAGS=-all-static])])
])

# OpenMP for what is made offline, by the runtime that the compiler brings (libgomp, libomp): nothing in the daemon's request path. Thread
# sanitizers do not see libgomp's barriers; there, and where there is no OpenMP, the same loops run on one processor.
AC_DEFUN([TCPBEHAV_OPENMP], [
	AC_OPENMP
	AS_CASE([$enable_sanitizers], [*thread*], [OPENMP_CFLAGS=])
	AS_IF([test -z "$OPENMP_CFLAGS"], [TCPBEHAV_TRY_CFLAG([-Wno-unknown-pragmas])])
])
