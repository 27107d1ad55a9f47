// A script of its own: it reads a variable that no file declares, and sets another.
var unit = (string)GetGlobal("unit") ?? "mm";
var length = ((string)GetInput("text")).Length;
SetGlobal("measured", length + unit);
SetOutput("length", length);
