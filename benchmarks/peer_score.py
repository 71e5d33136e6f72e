"""The peer's scoring: the 2018 rules in floats, as an analyst would type them from the notice."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

WEIGHTS = {
    "L1P1": 0.05, "L1P2": 0.02, "L1P3": 0.02, "L1P4": 0.03, "L1P5": 0.03, "L1P6": 0.02, "L1P7": 0.03, "L1P8": 0.02,
    "L1P9": 0.02, "L1P10": 0.02, "L2P1": 0.03, "L2P2": 0.05, "L2P3": 0.03, "L3P1": 0.04, "L3P2": 0.02, "L4P1": 0.02,
    "L4P2": 0.03, "L5P1": 0.04, "L5P2": 0.04, "L6P1": 1.0, "L6P2": 1.0, "L7P1": 0.04, "L8P1": 0.40,
}  # fmt: skip


def two(value: float) -> float:
    """Two decimals, a tie upwards, as near as floats allow."""
    return round(value + 1e-9, 2) if value >= 0 else -round(-value + 1e-9, 2)


def ratio(part: float, whole: float) -> float:
    return min(1.0, part / whole) if whole else 0.0


def band(value: float, *steps: tuple[float, float]) -> float:
    return next((points for threshold, points in steps if value >= threshold), 0.0)


def score_indicators(answers: pd.Series, hospitals: pd.DataFrame) -> dict[str, float]:
    """Indicator -> score, weighted within its category and rounded."""
    v = answers.fillna(0.0).to_dict()

    def share(part: str, whole: str) -> float:
        return 100 * ratio(v.get(part, 0.0), v.get(whole, 0.0))

    def count(checklist: str) -> float:
        return sum(number for key, number in v.items() if key.startswith(checklist + "."))

    def points(checklist: str, **worth: float) -> float:
        return sum(v.get(f"{checklist}.{item}", 0.0) * number for item, number in worth.items())

    traffic = 15 + points(
        "traffic_platform_abilities", multi_source=10, monitoring=5, forecast=10, warning=10, event_analysis=10
    )
    traffic += points("traffic_index_channels", board=6, website=4, radio=3, television=2)
    traffic += min(5, 2 * v["traffic_index_own_app"] + v["traffic_index_social_apps"])
    traffic += points("traffic_index_roads", expressway=5, arterial=5, secondary=10)
    reads = [ratio(row.record_reads, row.outpatient_visits) for row in hospitals.itertuples()]
    spaces = ratio(
        v["teachers_online_space"] + v["students_online_space"], v["teachers_total"] + v["students_total"]
    )  # fmt: skip
    apps = [v["app_users_wechat"], v["app_users_alipay"], v["app_users_city"]]
    users = sum(n * n for n in apps) / sum(apps) if sum(apps) else 0.0
    accessible = ratio(v["gov_site_departments_accessible"], v["gov_site_departments_total"])
    covered = ratio(v["digital_management_area"], v["built_up_area_urban"])
    handled = share("env_events_handled", "env_events_reported") if v["env_events_reported"] else 100.0
    marks = {
        "L1P1-A1": 0.3 * share("gov_items_ecert", "gov_items_total"),
        "L1P1-A2": 0.3 * share("gov_items_onestop", "gov_items_total"),
        "L1P1-A3": 0.4 * share("gov_items_unified_login", "gov_items_total"),
        "L1P2-A1": 0.4 * (traffic if v["traffic_index_platform"] else 0),
        "L1P2-A2": 0.45 * share("bus_lines_forecast", "bus_lines_total"),
        "L1P2-A3": 0.15 * share("transit_trips_epay", "transit_trips_total"),
        "L1P3-A1": 0.2 * share("streets_ss_selfservice", "streets_total")
        + 0.2 * share("townships_ss_selfservice", "townships_total"),
        "L1P3-A2": 0.4 * 25 * count("ss_remote_services"),
        "L1P3-A3": 0.2 * min(100, 20 * v["ss_service_modes"]),
        "L1P4-A1": 0.4 * share("med_institutions_emr", "med_institutions_total"),
        "L1P4-A2": 0.3 * share("hospital_visits_booked", "hospital_visits_total"),
        "L1P4-A3": 0.3 * 100 * sum(reads) / max(1, len(reads)),
        "L1P5-A1": 0.3 * share("schools_k12_multimedia", "schools_k12_total"),
        "L1P5-A2": 0.4 * 100 * spaces,
        "L1P5-A3": 0.3 * share("schools_k12_voc_wifi", "schools_k12_voc_total"),
        "L1P6-A1": 0.5 * share("employment_sites_system", "employment_sites_total"),
        "L1P6-A2": 0.5 * min(100, 20 * v["employment_service_modes"]),
        "L1P7-A1": 0.3 * (min(30, 2 * count("mobile_services")) + min(70, 2 * v["mobile_services_extra"])),
        "L1P7-A2": 0.4 * 100 * ratio(users, v["resident_population"]),
        "L1P7-A3": 0.3 * min(100, 10 * v["one_card_areas"]),
        "L1P8-A1": 50 * v["portal_accessible"]
        + band(accessible, (0.9, 30), (0.6, 20), (0.3, 10))
        + {1: 5, 2: 10, 3: 20}.get(v["news_sites_accessible"], 0),
        "L1P9-A1": 0.4 * (min(40, 8 * v["agri_production_uses"]) + min(60, 20 * v["agri_technology_areas"])),
        "L1P9-A2": 0.3 * share("agri_info_stations", "admin_villages_total"),
        "L1P9-A3": 0.3 * share("agri_sales_online", "agri_sales_total"),
        "L1P10-A1": share("communities_smart_system", "communities_total"),
        "L2P1-A1": 0.2 * (
            band(v["case_filing_rate"], (95, 20), (90, 15), (85, 10), (80, 5))
            + band(v["case_dispatch_rate"], (90, 20), (85, 15), (80, 10), (75, 5))
            + band(v["case_ontime_rate"], (80, 20), (75, 15), (70, 10), (65, 5))
            + band(v["case_closing_rate"], (90, 20), (85, 15), (80, 10), (75, 5))
            + band(covered, (0.9, 20), (0.85, 15), (0.8, 10), (0.75, 5))
        ),
        "L2P1-A2": 0.2 * share("pipes_smart_length", "pipes_total_length"),
        "L2P1-A3": 0.2 * share("new_roads_gallery_length", "new_roads_length"),
        "L2P1-A4": 0.2 * 25 * count("plan_integration"),
        "L2P1-A5": 0.2 * points("greening_management", industry_system=50, public_platform=25, iot_monitoring=25),
        "L2P2-A1": 0.4 * (0.4 * share("key_areas_hd_video", "key_areas_total")
                          + 0.6 * share("cameras_intact", "cameras_total")),
        "L2P2-A2": 0.3 * share("cameras_shared", "cameras_total"),
        "L2P2-A3": 0.3 * (0.6 * share("criminal_cases_video", "criminal_cases_total")
                          + 0.4 * band(v["video_served_departments"], (5, 100), (3, 60), (1, 40))),
        "L2P3-A1": 0.5 * 50 * (v["credit_leadership"] + v["credit_assessment"]),
        "L2P3-A2": 0.5 * share("credit_units_sharing", "credit_units_total"),
        "L3P1-A1": 0.4 * 100 * ratio(v["air_stations"], v["city_area"] / 30),
        "L3P1-A2": 0.3 * share("polluters_disclosed", "polluters_total"),
        "L3P1-A3": 0.3 * handled,
        "L3P2-A1": share("energy_users_monitored", "energy_users_total"),
        "L4P1-A1": 0.4 * share("broadband_households", "households_total"),
        "L4P1-A2": 0.3 * share("mobile_4g_users", "resident_population"),
        "L4P1-A3": 0.3 * 100 * ratio(v["main_sites_ipv6"], 10),
        "L4P2-A1": 0.5 * (0.25 * share("map_500_area", "built_up_area_planning")
                          + 0.25 * share("map_1000_area", "planning_area")
                          + 0.5 * 100 / max(1, v["map_update_cycle"])),
        "L4P2-A2": 0.5 * (40 * v["geo_platform_gov"] + 30 * v["geo_platform_public"] + 30 * v["geo_platform_app"]),
        "L5P1-A1": 0.5 * 100 * ratio(count("open_classes"), 22),
        "L5P1-A2": 0.5 * share("gov_departments_sharing", "gov_departments_total"),
        "L5P2-A1": 10 * count("governance_areas"),
        "L6P1-A1": -min(2, v["secrecy_review_deduction"] + min(1.5, 0.3 * v["leak_events"])),
        "L6P2-A1": -min(2, 0.2 * v["crypto_failing_systems"]),
        "L7P1-A1": 0.3 * 50 * (v["smart_city_leadership"] + v["smart_city_leadership_active"]),
        "L7P1-A2": 0.3 * 50 * (v["smart_city_in_appraisal"] + v["smart_city_project_rules"]),
        "L7P1-A3": 0.4 * (0.5 * share("social_capital", "total_investment") + 50 * v["third_party_operation"]),
        "L8P1": v["citizen_experience"],
    }  # fmt: skip
    return {code: two(mark) for code, mark in marks.items()}


def total_up(scores: Iterable[tuple[str, float]]) -> tuple[pd.DataFrame, pd.DataFrame, float]:
    """Categories, dimensions and the total, rounded at each level."""
    frame = pd.DataFrame(scores, columns=["indicator", "score"])
    frame["category"] = frame["indicator"].str.partition("-")[0]
    categories = frame.groupby("category", sort=False)["score"].sum().reset_index()
    categories["points"] = (categories["score"] * categories["category"].map(WEIGHTS)).map(two)
    categories["dimension"] = categories["category"].str[:2]
    dimensions = categories.groupby("dimension", sort=False)["points"].sum().map(two).reset_index()
    return categories, dimensions, two(dimensions["points"].sum())
