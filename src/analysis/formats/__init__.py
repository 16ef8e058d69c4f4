"""A page as files to take along: PDF, slides, figures. All of it is what the page says, and nothing else."""
