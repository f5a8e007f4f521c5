"""The only code that changes the rows of a company: one module per noun, verbs as functions.

Every change appends its events in the same transaction. Locks are taken in one order everywhere: groups by id,
then teammates by id, then the company's licences.
"""
