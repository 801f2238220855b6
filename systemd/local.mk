# Units for Linux.
