# Configuration and knowledge.
