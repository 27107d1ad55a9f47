return ((string)GetInput("text")).ToUpper() + "!";
