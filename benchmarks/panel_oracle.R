# Figures of R's plm for the panels of bench_panel_conventions.py: Rscript panel_oracle.R DATA.csv ENTITY PERIOD Y X...
# Prints one line a figure: key, name, value.
suppressPackageStartupMessages({library(plm); library(lmtest)})
argument <- commandArgs(TRUE)
data <- pdata.frame(read.csv(argument[1]), index = argument[2:3])
formula <- as.formula(paste(argument[4], "~", paste(argument[-(1:4)], collapse = " + ")))
say <- function(key, name, value) cat(key, name, format(as.numeric(value), digits = 16), sep = "\t", fill = FALSE, "\n")
say("version", as.character(packageVersion("plm")), 0)
models <- list(none = plm(formula, data, model = "pooling"),
               entity = plm(formula, data, model = "within", effect = "individual"),
               time = plm(formula, data, model = "within", effect = "time"),
               twoways = plm(formula, data, model = "within", effect = "twoways"),
               random = plm(formula, data, model = "random"),
               between = plm(formula, data, model = "between"),
               first_difference = plm(formula, data, model = "fd"))
for (name in names(models)) {
  model <- models[[name]]
  for (at in names(coef(model))) say(paste0(name, ":beta"), at, coef(model)[[at]])
  say(paste0(name, ":df_residual"), "-", df.residual(model))
  say(paste0(name, ":adjusted"), "-", r.squared(model, dfcor = TRUE))
  for (at in names(coef(model))) say(paste0(name, ":classical"), at, sqrt(diag(vcov(model)))[[at]])
  if (name == "between") next
  for (type in c("HC0", "HC1", "sss")) {
    error <- sqrt(diag(vcovHC(model, method = "arellano", type = type, cluster = "group")))
    for (at in names(error)) say(paste0(name, ":plm-", type), at, error[[at]])
  }
  error <- sqrt(diag(vcovSCC(model, type = "HC0")))
  for (at in names(error)) say(paste0(name, ":driscoll-kraay"), at, error[[at]])
}
components <- ercomp(models$random)$sigma2
say("random:variances", "idiosyncratic", components[["idios"]])
say("random:variances", "individual", components[["id"]])
test <- function(key, found) { say(key, "statistic", found$statistic); say(key, "p", found$p.value) }
test("f-effects:entity", pFtest(models$entity, models$none))
test("f-effects:twoways", pFtest(models$twoways, models$none))
test("breusch-pagan:entity", plmtest(models$none, effect = "individual", type = "bp"))
test("breusch-pagan:twoways", plmtest(models$none, effect = "twoways", type = "bp"))
test("hausman:entity", phtest(models$entity, models$random))
test("hausman-regression:entity", phtest(formula, data, method = "aux"))
test("pesaran-cd:twoways", suppressWarnings(pcdtest(models$twoways, test = "cd")))
test("pesaran-cd:entity", suppressWarnings(pcdtest(models$entity, test = "cd")))
