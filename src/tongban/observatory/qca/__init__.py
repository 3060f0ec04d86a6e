"""Qualitative comparative analysis: calibration, truth tables, exact minimisation, fit and robustness.

Every function is pure: arrays in, arrays or frozen records out. Sources, by short name:

- Ragin (2008), *Redesigning Social Inquiry*: direct and indirect calibration, consistency, coverage,
  easy and difficult counterfactuals, intermediate solutions.
- Schneider & Wagemann (2012), *Set-Theoretic Methods for the Social Sciences*: PRI, relevance of necessity,
  enhanced standard analysis, deviant and typical cases.
- Duşa (2019), *QCA with R*: the conventions of the R package QCA, followed here number for number.
- Dul (2016), "Necessary Condition Analysis", *Organizational Research Methods* 19(1).
- Garcia-Castro & Ariño (2016), "A General Approach to Panel Data Set-Theoretic Research",
  *Journal of Advances in Management Sciences & Information Systems* 2.
- Oana & Schneider (2021), "A Robustness Test Protocol for Applied QCA", *Sociological Methods & Research*.
"""
