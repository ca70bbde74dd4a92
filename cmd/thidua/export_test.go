package main

// Run opens run to the tests, which give it its name as a program.
func Run() int { return run() }
