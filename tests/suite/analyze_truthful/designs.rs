//! Trials without any effect, each awkward in its own way, with the share of them that may be told as an effect.

use super::tables::*;
use rand::RngExt;

/// One way to make trials.
pub(super) struct Design {
    pub(super) name: &'static str,
    pub(super) flags: &'static str,
    /// Share of trials that may be told as an effect.
    pub(super) nominal: f64,
    pub(super) make: fn(&mut Draws) -> String,
}

const fn design(name: &'static str, flags: &'static str, nominal: f64, make: fn(&mut Draws) -> String) -> Design {
    Design { name, flags, nominal, make }
}

/// How many of the first designs the fast test looks at.
pub(super) const FAST: usize = 10;

pub(super) const NULL: &[Design] = &[
    design("two arms", "--outcome y", 0.05, |rng| units(rng, &[60, 60], |rng, _| normal(rng))),
    design("3 + 3 clusters", "--outcome y --cluster shop", 0.05, |rng| clusters(rng, &[3, 3], (|_| 20, 1.0, 0.0))),
    design("looks every 100 units", "--outcome y --look week", 0.05, |rng| arrivals(rng, (8, 100), 0.0)),
    design("whales", "--outcome y", 0.05, |rng| units(rng, &[150, 150], |rng, _| pareto(rng))),
    design("attrition of the worst in one arm", "--outcome y", 0.05, |rng| {
        rows(rng, &[150, 150], "y", |rng, arm| {
            let value = normal(rng);
            if arm == 1 && value < -0.5 && rng.random_bool(0.7) { String::new() } else { value.to_string() }
        })
    }),
    design("three arms", "--outcome y --control 0", 0.05, |rng| units(rng, &[50, 50, 50], |rng, _| normal(rng))),
    design("one-sided", "--outcome y --alternative greater", 0.05, |rng| units(rng, &[60, 60], |rng, _| normal(rng))),
    design("margin at the truth", "--outcome y --margin -0.5", 0.025, |rng| {
        units(rng, &[60, 60], |rng, arm| 10.0 + normal(rng) - 0.5 * arm as f64)
    }),
    design("gaps in a panel", "--unit id --outcome y --time month --start 4 --order 1,2,3,4,5,6", 0.05, |rng| {
        Panel { gaps: 0.15, ..Panel::CALM }.table(rng, &[40, 40])
    }),
    design("tiny, by randomisation", "--outcome y --randomization", 0.05, |rng| units(rng, &[4, 4], |rng, _| exponential(rng))),
    // The slow test looks at all of these too.
    design("tiny", "--outcome y", 0.05, |rng| units(rng, &[4, 4], |rng, _| normal(rng))),
    design("tiny and skewed", "--outcome y", 0.05, |rng| units(rng, &[4, 4], |rng, _| exponential(rng))),
    design("3 + 3 clusters, by randomisation", "--outcome y --cluster shop --randomization", 0.05, |rng| {
        clusters(rng, &[3, 3], (|_| 20, 1.0, 0.0))
    }),
    design("2 of 20 clusters", "--outcome y --cluster shop", 0.05, |rng| clusters(rng, &[18, 2], (|_| 10, 1.0, 0.0))),
    design("2 of 20 clusters, by randomisation", "--outcome y --cluster shop --randomization", 0.05, |rng| {
        clusters(rng, &[18, 2], (|_| 10, 1.0, 0.0))
    }),
    design("1 of 20 clusters", "--outcome y --cluster shop", 0.05, |rng| clusters(rng, &[19, 1], (|_| 10, 1.0, 0.0))),
    design("25 + 25 clusters of unequal size", "--outcome y --cluster shop", 0.05, |rng| {
        clusters(rng, &[25, 25], (|rng: &mut Draws| 1 + (pareto(rng) / 10.0).min(40.0) as usize, 1.0, 0.0))
    }),
    design("10 + 30 clusters of unequal size", "--outcome y --cluster shop", 0.05, |rng| {
        clusters(rng, &[30, 10], (|rng: &mut Draws| 1 + (pareto(rng) / 10.0).min(40.0) as usize, 1.0, 0.0))
    }),
    design("households of two", "--outcome y --cluster shop", 0.05, |rng| clusters(rng, &[60, 60], (|_| 2, 2.0, 0.0))),
    design("units within 12 clusters", "--outcome y --cluster shop", 0.05, |rng| {
        rows(rng, &[60, 60], "shop,y", |rng, _| {
            let shop = rng.random_range(0..12);
            format!("{shop},{}", f64::from(shop) + normal(rng))
        })
    }),
    design("looks at two outcomes", "--outcome y,y2 --look week", 0.05, |rng| arrivals(rng, (10, 60), 0.0)),
    design("looks, tightest early", "--outcome y --look week --planned-units 200", 0.05, |rng| arrivals(rng, (20, 50), 0.0)),
    design("looks at pairs", "--outcome y --look week", 0.05, |rng| arrivals(rng, (60, 4), 0.0)),
    design("whales, capped", "--outcome y --winsorize 0.99", 0.05, |rng| units(rng, &[150, 150], |rng, _| pareto(rng))),
    design("whales in a small arm", "--outcome y", 0.05, |rng| units(rng, &[400, 40], |rng, _| pareto(rng))),
    design("revenue of few buyers", "--outcome y", 0.05, |rng| {
        units(rng, &[400, 400], |rng, _| if rng.random_bool(0.05) { 50.0 * lognormal(rng, 1.0) } else { 0.0 })
    }),
    design("conversion of 1 %", "--outcome y", 0.05, |rng| {
        units(rng, &[800, 800], |rng, _| f64::from(u8::from(rng.random_bool(0.01))))
    }),
    design("conversion of 1 % in 50 + 50", "--outcome y", 0.05, |rng| {
        units(rng, &[50, 50], |rng, _| f64::from(u8::from(rng.random_bool(0.01))))
    }),
    design("equal attrition", "--outcome y", 0.05, |rng| {
        rows(rng, &[100, 100], "y", |rng, _| if rng.random_bool(0.3) { String::new() } else { normal(rng).to_string() })
    }),
    design("a few of the best lost in one arm", "--outcome y", 0.05, |rng| {
        rows(rng, &[500, 500], "y", |rng, arm| {
            let value = normal(rng);
            if arm == 1 && value > 1.75 { String::new() } else { value.to_string() }
        })
    }),
    design("blank means nothing", "--outcome y --missing zero", 0.05, |rng| {
        rows(rng, &[150, 150], "y", |rng, _| if rng.random_bool(0.8) { String::new() } else { exponential(rng).to_string() })
    }),
    design("six arms", "--outcome y --control 0", 0.05, |rng| units(rng, &[40; 6], |rng, _| normal(rng))),
    design("three arms, three outcomes", "--outcome a,b,c --control 0", 0.05, |rng| {
        rows(rng, &[60, 60, 60], "a,b,c", |rng, _| {
            let common = normal(rng);
            format!("{},{},{}", common + normal(rng), common + normal(rng), exponential(rng))
        })
    }),
    design("six arms of unequal size and spread", "--outcome y --control 0", 0.05, |rng| {
        units(rng, &[200, 20, 20, 40, 40, 80], |rng, arm| normal(rng) * (1 + arm) as f64)
    }),
    design("three arms, by randomisation", "--outcome y --control 0 --randomization=199", 0.05, |rng| {
        units(rng, &[15, 15, 15], |rng, _| exponential(rng))
    }),
    design("five outcomes", "--outcome a,b,c,d,e", 0.05, |rng| {
        rows(rng, &[60, 60], "a,b,c,d,e", |rng, _| {
            let cells: Vec<String> = (0..5).map(|_| normal(rng).to_string()).collect();
            cells.join(",")
        })
    }),
    design("a covariate with gaps", "--outcome y --covariates x --estimators dim,ancova", 0.05, |rng| {
        rows(rng, &[60, 60], "y,x", |rng, _| {
            let x = normal(rng);
            let told = if rng.random_bool(0.4) { String::new() } else { x.to_string() };
            format!("{},{told}", x + normal(rng))
        })
    }),
    design("a covariate that treatment loses", "--outcome y --covariates x --estimators dim,ancova", 0.05, |rng| {
        rows(rng, &[150, 150], "y,x", |rng, arm| {
            let x = normal(rng);
            let y = x + normal(rng);
            let told = if arm == 1 && y > 0.5 { String::new() } else { x.to_string() };
            format!("{y},{told}")
        })
    }),
    design("a covariate that treatment changed", "--outcome y --covariates x --estimators dim,ancova", 0.05, |rng| {
        rows(rng, &[150, 150], "y,x", |rng, arm| {
            let y = normal(rng);
            format!("{y},{}", y + 0.7 * arm as f64 + normal(rng))
        })
    }),
    design("a constant covariate", "--outcome y --covariates x", 0.05, |rng| {
        rows(rng, &[40, 40], "y,x", |rng, _| format!("{},1", normal(rng)))
    }),
    design("ten covariates of 40 units", "--outcome y --covariates a,b,c,d,e,f,g,h,i,j --estimators ancova", 0.05, |rng| {
        rows(rng, &[20, 20], "y,a,b,c,d,e,f,g,h,i,j", |rng, _| {
            let cells: Vec<String> = (0..11).map(|_| normal(rng).to_string()).collect();
            cells.join(",")
        })
    }),
    design("the outcome before", "--outcome y --pre p --estimators dim,did,cuped,ancova,lin", 0.05, |rng| {
        rows(rng, &[25, 25], "y,p", |rng, _| {
            let level = 2.0 * normal(rng);
            format!("{},{}", level + normal(rng), level + normal(rng))
        })
    }),
    design("predictions by trees", "--outcome y --covariates a,b --estimators ml_rate", 0.05, |rng| {
        rows(rng, &[100, 100], "y,a,b", |rng, _| {
            let (a, b) = (normal(rng), normal(rng));
            format!("{},{a},{b}", a * b + normal(rng))
        })
    }),
    design(
        "a panel that leaves when it does badly",
        "--unit id --outcome y --time month --start 4 --order 1,2,3,4,5,6",
        0.05,
        |rng| Panel { leaves: 0.5, ..Panel::CALM }.table(rng, &[80, 80]),
    ),
    design(
        "a drifting panel",
        "--unit id --outcome y --time month --start 4 --order 1,2,3,4,5,6 --estimators dim,did",
        0.05,
        |rng| Panel { drift: 5.0, ..Panel::CALM }.table(rng, &[30, 30]),
    ),
    design(
        "a drifting panel with gaps",
        "--unit id --outcome y --time month --start 4 --order 1,2,3,4,5,6 --estimators did,twfe",
        0.05,
        |rng| Panel { drift: 5.0, gaps: 0.2, ..Panel::CALM }.table(rng, &[60, 60]),
    ),
    design("a wandering panel", "--unit id --outcome y --time month --start 4 --estimators did", 0.05, |rng| {
        Panel { walks: true, periods: 12, ..Panel::CALM }.table(rng, &[20, 20])
    }),
    design(
        "a panel whose gaps mean nothing",
        "--unit id --outcome y --time month --start 4 --order 1,2,3,4,5,6 --missing zero",
        0.05,
        |rng| Panel { gaps: 0.3, ..Panel::CALM }.table(rng, &[40, 40]),
    ),
    design("a ratio", "--outcome revenue/orders", 0.05, |rng| {
        rows(rng, &[80, 80], "revenue,orders", |rng, _| {
            let orders = 1.0 + (3.0 * exponential(rng)).floor();
            format!("{},{orders}", orders * (5.0 + orders + normal(rng)))
        })
    }),
    design("a ratio whose denominator moved", "--outcome revenue/orders", 0.05, |rng| {
        rows(rng, &[150, 150], "revenue,orders", |rng, arm| {
            let orders = 1.0 + ((2.0 + arm as f64) * exponential(rng)).floor();
            format!("{},{orders}", orders * (5.0 + normal(rng)))
        })
    }),
    design("a ratio in clusters", "--outcome y/n --cluster shop", 0.05, |rng| clusters(rng, &[25, 25], (|_| 6, 1.0, 0.0))),
    design("a ratio of few clusters, by randomisation", "--outcome y/n --cluster shop --randomization", 0.05, |rng| {
        clusters(rng, &[5, 5], (|_| 6, 1.0, 0.0))
    }),
    design("strata of unequal shares", "--outcome y --strata stratum", 0.05, |rng| strata(rng, &[0.2, 0.5, 0.8], (60, 0.0))),
    design("strata of unequal shares, not told", "--outcome y --expected-share 0.5", 1.0, |rng| {
        strata(rng, &[0.2, 0.5, 0.8], (60, 0.0))
    }),
    design("strata, by randomisation", "--outcome y --strata stratum --randomization=299", 0.05, |rng| {
        strata(rng, &[0.25, 0.5, 0.75], (12, 0.0))
    }),
    design("unequal spread, unequal size", "--outcome y", 0.05, |rng| {
        units(rng, &[200, 20], |rng, arm| normal(rng) * if arm == 1 { 5.0 } else { 1.0 })
    }),
    design("unequal spread, by randomisation", "--outcome y --randomization=499", 0.05, |rng| {
        units(rng, &[80, 20], |rng, arm| normal(rng) * if arm == 1 { 5.0 } else { 1.0 })
    }),
    design("a skewed small arm", "--outcome y", 0.05, |rng| units(rng, &[300, 30], |rng, _| lognormal(rng, 1.0))),
    design("heaped numbers", "--outcome y", 0.05, |rng| units(rng, &[40, 40], |rng, _| (exponential(rng) * 2.0).floor() * 5.0)),
    design("margin in % at the truth", "--outcome y --margin -5%", 0.025, |rng| {
        units(rng, &[60, 60], |rng, arm| 10.0 + normal(rng) - 0.5 * arm as f64)
    }),
    design("margin above zero at the truth", "--outcome y --margin 0.5", 0.025, |rng| {
        units(rng, &[60, 60], |rng, arm| 10.0 + normal(rng) + 0.5 * arm as f64)
    }),
    design("margin of three arms at the truth", "--outcome y --control 0 --margin -0.5", 0.025, |rng| {
        units(rng, &[60, 60, 60], |rng, arm| 10.0 + normal(rng) - 0.5 * f64::from(u8::from(arm > 0)))
    }),
    design("margin, the worst lost", "--outcome y --margin -0.5", 0.025, |rng| {
        rows(rng, &[150, 150], "y", |rng, arm| {
            let value = normal(rng) - 0.5 * arm as f64;
            if arm == 1 && value < -1.0 { String::new() } else { value.to_string() }
        })
    }),
    design("less", "--outcome y --alternative less", 0.05, |rng| units(rng, &[60, 60], |rng, _| exponential(rng))),
    design("a level of 99 %", "--outcome y --level 0.99", 0.01, |rng| units(rng, &[60, 60], |rng, _| normal(rng))),
    design("sizes that were not planned", "--outcome y --expected-share 0.5", 0.05, |rng| {
        let whole = units(rng, &[1500, 1500], |rng, _| normal(rng));
        // The worst treated units never reach the file.
        let kept = whole.lines().filter(|line| !line.contains(",1,-1") && !line.contains(",1,-2"));
        kept.map(|line| format!("{line}\n")).collect()
    }),
    design("units of both arms in their clusters", "--outcome y --cluster shop", 0.05, |rng| {
        let whole = clusters(rng, &[20, 20], (|_| 5, 1.0, 0.0));
        // One unit of every third shop was exposed to the other arm.
        let swap = |(index, line): (usize, &str)| {
            if index % 15 == 3 {
                line.replacen(",1,", ",9,", 1).replacen(",0,", ",1,", 1).replacen(",9,", ",0,", 1)
            } else {
                line.to_owned()
            }
        };
        whole.lines().enumerate().map(swap).map(|line| line + "\n").collect()
    }),
    design("two units an arm", "--outcome y", 0.05, |rng| units(rng, &[2, 2], |rng, _| normal(rng))),
    design("almost as many covariates as units", "--outcome y --covariates a,b,c,d,e,f,g,h --estimators ancova", 0.05, |rng| {
        rows(rng, &[7, 7], "y,a,b,c,d,e,f,g,h", |rng, _| {
            let cells: Vec<String> = (0..9).map(|_| normal(rng).to_string()).collect();
            cells.join(",")
        })
    }),
    design("categories of one unit each", "--outcome y --covariates x --estimators ancova", 0.05, |rng| {
        rows(rng, &[15, 15], "y,x", |rng, _| format!("{},v{}", normal(rng), (exponential(rng) * 8.0).floor()))
    }),
    design("a ratio of visits that may be none", "--outcome y/n --missing zero", 0.05, |rng| {
        rows(rng, &[100, 100], "y,n", |rng, _| {
            let visits = (2.0 * exponential(rng)).floor();
            if visits == 0.0 { ",".to_owned() } else { format!("{},{visits}", visits * exponential(rng)) }
        })
    }),
    design("one-sided, by randomisation", "--outcome y --alternative greater --randomization=199", 0.05, |rng| {
        units(rng, &[8, 8], |rng, _| lognormal(rng, 1.0))
    }),
    design("one-sided, three arms", "--outcome y --control 0 --alternative less", 0.05, |rng| {
        units(rng, &[40, 40, 40], |rng, _| exponential(rng))
    }),
    design("a panel of two periods", "--unit id --outcome y --time month --start 4 --order 3,4", 0.05, |rng| {
        let whole = Panel { periods: 4, ..Panel::CALM }.table(rng, &[12, 12]);
        whole
            .lines()
            .filter(|line| line.split(',').nth(2).is_some_and(|month| ["3", "4", "month"].contains(&month)))
            .map(|line| format!("{line}\n"))
            .collect()
    }),
    design("revenue of few buyers, capped, three arms", "--outcome y --control 0 --winsorize 0.99", 0.05, |rng| {
        units(rng, &[300, 300, 300], |rng, _| if rng.random_bool(0.1) { 50.0 * lognormal(rng, 1.0) } else { 0.0 })
    }),
    design("clusters of one stratum each", "--outcome y --cluster shop --strata r", 0.05, |rng| {
        let whole = clusters(rng, &[24, 24], (|_| 4, 1.0, 0.0));
        whole
            .lines()
            .enumerate()
            .map(|(line, text)| if line == 0 { format!("{text},r\n") } else { format!("{text},r{}\n", (line - 1) / 64) })
            .collect()
    }),
];

/// Clean trials with an effect of many standard errors.
pub(super) const CLEAR: &[Design] = &[
    design("two arms", "--outcome y --expected-share 0.5", 1.0, |rng| {
        units(rng, &[80, 80], |rng, arm| 5.0 + normal(rng) + 2.0 * arm as f64)
    }),
    design("less", "--outcome y --alternative less", 1.0, |rng| {
        units(rng, &[80, 80], |rng, arm| 5.0 + normal(rng) - 2.0 * arm as f64)
    }),
    design("margin", "--outcome y --margin -1", 1.0, |rng| units(rng, &[80, 80], |rng, _| 5.0 + normal(rng))),
    design("margin in %", "--outcome y --margin -20%", 1.0, |rng| units(rng, &[80, 80], |rng, _| 5.0 + normal(rng))),
    design("by randomisation", "--outcome y --randomization=199", 1.0, |rng| {
        units(rng, &[30, 30], |rng, arm| normal(rng) + 2.0 * arm as f64)
    }),
    design("clusters", "--outcome y/n --cluster shop", 1.0, |rng| clusters(rng, &[25, 25], (|_| 5, 0.5, 2.0))),
    design("clusters, by randomisation", "--outcome y/n --cluster shop --randomization", 1.0, |rng| {
        clusters(rng, &[6, 6], (|_| 5, 0.3, 3.0))
    }),
    design("looks", "--outcome y --look week", 1.0, |rng| arrivals(rng, (10, 60), 1.5)),
    design("looks at two outcomes", "--outcome y,y2 --look week", 1.0, |rng| arrivals(rng, (10, 60), 1.5)),
    design("panel", "--unit id --outcome y --time month --start 4", 1.0, |rng| {
        Panel { shift: 5.0, ..Panel::CALM }.table(rng, &[40, 40])
    }),
    design(
        "panel with gaps",
        "--unit id --outcome y --time month --start 4 --order 1,2,3,4,5,6 --estimators did,twfe",
        1.0,
        |rng| Panel { shift: 5.0, gaps: 0.1, ..Panel::CALM }.table(rng, &[60, 60]),
    ),
    design("three arms", "--outcome y --control 0", 1.0, |rng| {
        units(rng, &[50, 50, 50], |rng, arm| 5.0 + normal(rng) + 2.0 * arm as f64)
    }),
    design("strata", "--outcome y --strata stratum", 1.0, |rng| strata(rng, &[0.5, 0.5], (60, 2.0))),
    design("the outcome before", "--outcome y --pre p --estimators dim,ancova", 1.0, |rng| {
        rows(rng, &[60, 60], "y,p", |rng, arm| {
            let level = 3.0 * normal(rng);
            format!("{},{}", level + normal(rng) + 2.0 * arm as f64, level + normal(rng))
        })
    }),
    design("blank means nothing", "--outcome y --missing zero", 1.0, |rng| {
        rows(rng, &[80, 80], "y", |rng, arm| if arm == 0 { String::new() } else { (3.0 + normal(rng)).to_string() })
    }),
];
