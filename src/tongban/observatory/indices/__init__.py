"""Index studies: levels of an index by report, moves between levels, benchmarks, convergence, stages.

The kind of study that reads the E-Government Development Index of the United Nations (EGDI, the mean of online
service, telecommunication infrastructure and human capital) or any long table of entity, period, index and sub-indices.

An engine (`engine`) reduces the rows to small aggregates (`aggregate`); every rule after that (`transitions`,
`benchmark`, `convergence`, `stages`, `published`) is a pure function over them. Sources, by short name:

- UN DESA, *E-Government Survey* 2003 to 2024: the index, its levels, its weights.
- Barro & Sala-i-Martin (1992), "Convergence", *Journal of Political Economy* 100(2): sigma and beta convergence.
"""
