"""Life-cycle navigation: the stages of a person's and of a business's life, and which services belong to each."""
