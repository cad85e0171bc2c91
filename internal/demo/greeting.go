package main

// greeting is the line to edit first.
const greeting = "Edit me, save, and load this page again"
