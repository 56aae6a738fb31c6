"""Recomputes reference.json from the tables in this folder, with other people's software.

python -m pip install numpy scipy pandas statsmodels pyfixest tea-tasting && python tests/field_cases/reference.py
"""

import json
import os

import numpy as np
import pandas as pd
import pyfixest as pf
import scipy
import scipy.stats as st
import statsmodels
import statsmodels.formula.api as smf

HERE = os.path.dirname(os.path.abspath(__file__))


def table(name, **how):
    return pd.read_csv(os.path.join(HERE, name + ".csv"), **{"keep_default_na": False, **how})


def hc2(formula, data, term):
    fit = smf.ols(formula, data).fit(cov_type="HC2", use_t=True)
    low, high = fit.conf_int().loc[term]
    return {"effect": fit.params[term], "std_error": fit.bse[term], "p": fit.pvalues[term], "low": low, "high": high}


def welch(control, treated):
    control, treated = np.asarray(control, float), np.asarray(treated, float)
    test = st.ttest_ind(treated, control, equal_var=False)
    interval = test.confidence_interval(0.95)
    return {
        "effect": treated.mean() - control.mean(),
        "std_error": float(np.sqrt(treated.var(ddof=1) / len(treated) + control.var(ddof=1) / len(control))),
        "df": test.df, "p": test.pvalue, "low": interval.low, "high": interval.high,
        "control_mean": control.mean(), "treatment_mean": treated.mean(),
    }


def split(data, arm, control, treated, y):
    return welch(data[data[arm] == control][y], data[data[arm] == treated][y])


def did(data, arm, treated, time, start, y):
    data = data.assign(after=data[time].astype(str).str.slice(0, len(start)) >= start)
    means = data.pivot_table(index="id", columns="after", values=y, aggfunc="mean")
    arms = data.groupby("id")[arm].first()
    change = pd.DataFrame({"change": means[True] - means[False], "z": (arms == treated).astype(int)})
    return hc2("change ~ z", change, "z")


def main():
    found = {"versions": {"numpy": np.__version__, "scipy": scipy.__version__, "pandas": pd.__version__,
                          "statsmodels": statsmodels.__version__, "pyfixest": pf.__version__}}
    found["panel_months"] = did(table("panel_months"), "arm", "treatment", "month", "2024-12", "orders")
    found["days"] = did(table("days"), "arm", 1, "when", "2025-03", "y")
    found["losses"] = split(table("losses"), "arm", "control", "treatment", "profit")
    data = table("region_na")
    found["region_na"] = {"dim": split(data, "arm", 0, 1, "spend"), "region": hc2("spend ~ arm + C(region)", data, "arm")}
    data = table("arms_as_numbers", dtype={"arm": str})
    found["arms_as_numbers"] = split(data.assign(arm=data["arm"].astype(float)), "arm", 0.0, 1.0, "y")
    data = table("three_variants")
    found["three_variants"] = {arm: split(data, "variant", "A", arm, "y") for arm in "BC"}
    # What a row has beside its first three cells is a comma in a header.
    found["semicolons"] = split(table("semicolons", sep=";"), "arm", "control", "treatment", "y")
    data = table("booleans")
    found["booleans"] = split(data.assign(y=(data["y"] == "t").astype(int)), "arm", "control", "treatment", "y")
    data = table("brackets")
    plain = data["y"].astype(str).str.replace(r"^\((.*)\)$", r"-\1", regex=True).astype(float)
    found["brackets"] = split(data.assign(y=plain), "arm", "control", "treatment", "y")
    data = table("one_treated_shop")
    found["one_treated_shop"] = {"effect": data[data.arm == 1].y.mean() - data[data.arm == 0].y.mean()}
    data = table("new_customers", keep_default_na=True)
    gap = data["spend_before"].isna()
    data = data.assign(before=data["spend_before"].fillna(data["spend_before"].mean()), gap=gap.astype(int))
    found["new_customers"] = {"dim": split(data, "arm", 0, 1, "spend"), "ancova": hc2("spend ~ arm + before + gap", data, "arm")}
    found["constant_covariate"] = split(table("constant_covariate"), "arm", 0, 1, "y")
    data = table("unbalanced_panel")
    data = data.assign(d=((data["arm"] == 1) & (data["month"] >= 4)).astype(int))
    fit = pf.feols("opens ~ d | id + month", data=data, vcov={"CRV1": "id"}, fixef_rm="none")
    found["unbalanced_panel"] = {"effect": fit.coef()["d"], "std_error": fit.se()["d"], "p": fit.pvalue()["d"],
                                 "rows": len(data), "units": int(data["id"].nunique())}
    data = table("whale")
    capped = data["revenue"].clip(upper=np.quantile(data["revenue"], 0.99), lower=np.quantile(data["revenue"], 0.01))
    one_sided = {side: st.ttest_ind(data[data.arm == 1].revenue, data[data.arm == 0].revenue, equal_var=False, alternative=side)
                 for side in ("greater", "less")}
    found["whale"] = {
        "dim": split(data, "arm", 0, 1, "revenue"), "capped": split(data.assign(revenue=capped), "arm", 0, 1, "revenue"),
        "p_greater": one_sided["greater"].pvalue, "p_less": one_sided["less"].pvalue,
        "low_greater": one_sided["greater"].confidence_interval(0.95).low,
        "high_less": one_sided["less"].confidence_interval(0.95).high,
        "p_margin": st.ttest_ind(data[data.arm == 1].revenue + 0.02, data[data.arm == 0].revenue, equal_var=False,
                                 alternative="greater").pvalue,
    }
    data = table("dots", sep=";", dtype=str)
    data = data.assign(umsatz=data["umsatz"].str.replace(".", "", regex=False).astype(float))
    found["dots"] = split(data, "arm", "0", "1", "umsatz")
    data = table("backslash_n", keep_default_na=True, na_values=["\\N"])
    gap = data["visits"].isna()
    data = data.assign(filled=data["visits"].fillna(data["visits"].mean()), gap=gap.astype(int))
    found["backslash_n"] = hc2("y ~ arm + filled + gap", data, "arm")
    data = table("both_arms")
    found["both_arms"] = split(data, "variation", "control", "treatment", "revenue")
    data = table("blanks", keep_default_na=True)
    found["blanks"] = {"zero": split(data.assign(revenue=data.revenue.fillna(0)), "arm", 0, 1, "revenue"),
                       "buyers": split(data.dropna(), "arm", 0, 1, "revenue")}
    data = table("three_emails")
    found["three_emails"] = {}
    for y in ("visit", "spend"):
        of = {arm: split(data, "segment", "No E-Mail", arm, y) for arm in ("Mens E-Mail", "Womens E-Mail")}
        found["three_emails"][y] = of
    import tea_tasting as tt
    found["versions"]["tea-tasting"] = tt.__version__
    experiment = tt.Experiment({"r": tt.RatioOfMeans("revenue", "orders")}, variant="arm")
    result = experiment.analyze(table("ratio"))["r"]
    found["ratio"] = {"effect": result.effect_size, "low": result.effect_size_ci_lower, "high": result.effect_size_ci_upper,
                      "p": result.pvalue, "lift": result.rel_effect_size, "lift_low_log_delta": result.rel_effect_size_ci_lower,
                      "lift_high_log_delta": result.rel_effect_size_ci_upper}
    # The published formulas of always-valid intervals (Waudby-Smith and others), as gbstats has them; tightest at 4,000 units.
    data = table("looks")
    found["looks"] = []
    for week in sorted(data["week"].unique()):
        seen = data[data["week"] <= week]
        n = len(seen)
        fit = split(seen, "arm", 0, 1, "y")
        alpha = 0.05
        rho = np.sqrt((-2 * np.log(alpha) + np.log(-2 * np.log(alpha) + 1)) / 4000)
        var = fit["std_error"] ** 2 * n
        half = np.sqrt(var) * np.sqrt(2 * (n * rho**2 + 1) / (n**2 * rho**2) * np.log(np.sqrt(n * rho**2 + 1) / alpha))
        found["looks"].append({"effect": fit["effect"], "low": fit["effect"] - half, "high": fit["effect"] + half})

    def plain(value):
        return {key: plain(item) for key, item in value.items()} if isinstance(value, dict) else (
            [plain(item) for item in value] if isinstance(value, list) else value if isinstance(value, (str, int)) else float(value))

    with open(os.path.join(HERE, "reference.json"), "w", encoding="utf-8") as file:
        json.dump(plain(found), file, indent=1)
        file.write("\n")


main()
