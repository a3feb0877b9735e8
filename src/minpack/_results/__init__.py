"""What a fit returns, and what follows from it."""
