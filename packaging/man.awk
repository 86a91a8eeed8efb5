# Makes a manual page of what a program says to --help, and of what its commands say, each behind a line "@section PROGRAM COMMAND". Wants the variables
# name, section, summary and version.

function escaped(text) {
  gsub(/\\/, "\\e", text)
  gsub(/-/, "\\-", text)
  gsub(/'/, "\\(aq", text)
  gsub(/`/, "\\(ga", text)
  return text ~ /^\./ ? "\\&" text : text
}

function heading(words) {
  if (detail) print ".PP"
  else print ".SH " toupper(words)
}

# What was begun and wants an end: lines that stand as they are, and behind how a program is used, what it is for.
function finish() {
  if (verbatim) print ".fi\n.RE"
  verbatim = 0
  if (used && description != "") {
    heading("description")
    printf "%s", description
    description = ""
  }
  used = 0
}

function as_it_is(line) {
  if (!verbatim) print ".RS 4\n.nf"
  verbatim = 1
  print escaped(substr(line, 3))
}

BEGIN {
  printf ".TH %s %s \"\" \"NodeMesh %s\" \"NodeMesh\"\n.nh\n.SH NAME\n%s \\- %s\n", toupper(name), section, version, escaped(name), escaped(summary)
}

/^@section / {
  finish()
  if (!detail) print ".SH COMMANDS IN DETAIL"
  detail = 1
  print ".SS " escaped(substr($0, 10))
  part = ""
  next
}

/^Usage: / {
  heading("synopsis")
  as_it_is("  " substr($0, 8))
  used = 1
  part = ""
  next
}

/^[A-Z].*:$/ {
  finish()
  part = substr($0, 1, length($0) - 1)
  if (part == "Usage") {
    heading("synopsis")
    used = 1
  } else if (part == "Examples") {
    heading("examples")
    if (detail) print "Examples:"
  } else if (part != "Description" && !detail) heading(part)
  next
}

/^$/ {
  if (part != "Usage" && part != "Examples") finish()
  blank = 1
  next
}

# Behind a list, or before anything else.
/^[^ ]/ {
  if (!started && index($0, name " - ") == 1) next
  started = 1
  if (blank || part != "") {
    finish()
    if (blank && options) print ".PP"
  }
  part = ""
  blank = 0
  if (options || detail) print escaped($0)
  else description = description escaped($0) "\n"
  next
}

part == "Description" { description = description escaped(substr($0, 3)) "\n"; next }

part == "Usage" || part == "Examples" { as_it_is($0); next }

# A line of a list: what, and behind two spaces or on lines further in, what it means.
/^  [^ ]/ {
  if (part == "" && !options && !detail) {
    finish()
    heading("options")
  }
  options = 1
  blank = 0
  line = substr($0, 3)
  meaning = ""
  if (match(line, /  +/)) {
    meaning = substr(line, RSTART + RLENGTH)
    line = substr(line, 1, RSTART - 1)
  }
  # What every command takes stands above once.
  shown = !(detail && line in common) && !(detail && line ~ /--help$/)
  if (!detail && part == "Options") common[line] = 1
  if (shown) print ".TP\n\\fB" escaped(line) "\\fR"
  if (shown && meaning != "") print spaced(meaning)
  next
}

{ if (shown) print spaced($0) }

# Columns of the help are one text here.
function spaced(text) {
  sub(/^ +/, "", text)
  gsub(/  +/, " ", text)
  return escaped(text)
}

END {
  finish()
  printf ".SH SEE ALSO\n.BR nodemeshd (8),\n.BR nodemeshctl (1),\n.BR nodemesh\\-iptables (8),\n.BR nodemesh\\-controller (8),\nthe manuals in /usr/share/doc/nodemesh\n"
}
