"""The sample specifications: as many as the brief asks for, and right by the rules that ministries' own are held to."""

from __future__ import annotations

from app.demo.sample_specifications import read_specifications
from app.specifications.differences import counterparts, differences
from catalogue_schema.requirements import KINDS, VersionContent, doubled_keys, requirement_faults


def test_three_areas_with_two_versions_each() -> None:
    samples = read_specifications()
    assert len(samples) == 3
    assert "counter_dx_saas" in {each.business_area for each in samples}
    for each in samples:
        first, second = each.versions
        assert 60 <= len(first.requirements) <= 400
        for version in each.versions:
            faults = [f for item in version.requirements for f in requirement_faults(item, "function_id")]
            assert faults == []
            assert list(doubled_keys(version.requirements)) == []
            assert {item.kind for item in version.requirements} >= set(KINDS) - {"common"}
        contents = [VersionContent(each.requirements, each.renumbered) for each in (first, second)]
        found = differences(first.requirements, second.requirements, counterparts(contents))
        members = {name for change in found.changed for name in change.members}
        assert members == {"key", "text", "obligation"}
        assert found.added
        assert found.removed
