"""The generator of the demo company: customers, people and vendors first, then the books that follow from them, then the exports."""
