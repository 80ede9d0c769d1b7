import pytest
from django.test import Client

from anlan.kernel.models import AuditEntry
from anlan.places import services
from anlan.places.demonstration import demonstration_accounts, demonstration_password, load_people
from anlan.places.identity import context_of
from anlan.places.models import Holding, LadderRung, Organisation, Person, Post, Region
from anlan.places.queries import ladder_of, people_on_duty, posts_with_role
from anlan.places.seeding import load_regions

DISTRICT = "11/110107/"


@pytest.fixture
def demo(settings, tmp_path):
    settings.DEMO, settings.VAR_DIR = True, str(tmp_path)


@pytest.fixture
def people(db, demo):
    load_regions()
    return load_people()


def test_loading_twice_changes_nothing(people):
    assert people["people"] > 500
    password = Person.objects.get(username="gucheng").password
    ended = Holding.objects.get(person__username="bajiao")
    ended.until = ended.since
    ended.save()
    audited = AuditEntry.objects.count()
    assert load_people() == {}
    assert Person.objects.get(username="gucheng").password == password
    assert AuditEntry.objects.count() == audited
    assert Holding.objects.filter(person__username="bajiao", until=None).count() == 0


def test_every_listed_account_exists_and_signs_in_from_this_machine_only(people):
    listed = [name for name, _post, _what in demonstration_accounts()]
    assert Person.objects.filter(username__in=listed).count() == len(listed)
    form = {"username": "gucheng", "password": demonstration_password()}
    assert Client().post("/signin/", form, REMOTE_ADDR="192.0.2.7").status_code == 403
    assert Client().post("/signin/", form, HTTP_X_FORWARDED_FOR="192.0.2.7").status_code == 403
    assert Client().post("/signin/", form).status_code == 302


def test_the_sign_in_page_lists_accounts_only_on_this_machine(people, settings):
    assert demonstration_password() in Client().get("/signin/").content.decode()
    assert demonstration_password() not in Client().get("/signin/", REMOTE_ADDR="192.0.2.7").content.decode()
    settings.DEMO = False
    assert "zhibanyuan" not in Client().get("/signin/").content.decode()


def test_outside_the_demonstration_sample_accounts_cannot_be_used(db, demo, settings):
    settings.DEMO = False
    load_regions()
    load_people()
    assert not Person.objects.get(username="admin").has_usable_password()


def test_a_person_acts_in_the_region_of_the_post_and_nowhere_else(people):
    ctx = context_of(Person.objects.get(username="gucheng"))
    street = Region.objects.get(code="110107004000")
    assert ctx.holds("town", street.path)
    assert not ctx.holds("town", DISTRICT)
    assert {"org:sjs.st.gucheng", "post:sjs.st.gucheng.duty", "in:110107004", "in:110107"} <= ctx.keys


def test_ladders_duty_and_roles_are_found(people):
    street = Region.objects.get(code="110107004000")
    assert [r.post.code for r in ladder_of(street)] == [
        "sjs.st.gucheng.duty",
        "sjs.st.gucheng.director",
        "sjs.duty.chief",
    ]
    assert people_on_duty(street.path)[0][0].code == "sjs.duty.leader"
    assert [p.code for p in posts_with_role("duty_chief", street.path)] == ["sjs.duty.chief"]
    assert LadderRung.objects.filter(region__level="village").count() >= 4 * 100


def test_people_posts_and_ladders_change_through_services_with_history(people):
    admin = context_of(Person.objects.get(username="admin"))
    post = Post.objects.get(code="sjs.st.gucheng.duty")
    person, password = services.create_person(admin, username="new", name="新人", posts=[post])
    assert person.check_password(password)
    assert person.must_change_password
    assert "town" in context_of(person).roles
    services.end_post(admin, person=person, post=post)
    assert "town" not in context_of(person).roles
    assert not person.check_password(services.reset_password(admin, person=person) + "x")
    services.change_person(admin, person=person, phone="1", name="新人")
    assert AuditEntry.objects.latest("id").data == {"before": {"phone": ""}, "after": {"phone": "1"}}
    region = Region.objects.get(code="110107004000")
    services.set_ladder(admin, region=region, rungs=[(post, 0)])
    assert [r.post for r in ladder_of(region)] == [post]


def test_a_street_cannot_appoint_anybody(people):
    from anlan.kernel.errors import NotAllowed

    street = context_of(Person.objects.get(username="gucheng"))
    post = Post.objects.get(code="sjs.st.gucheng.duty")
    with pytest.raises(NotAllowed):
        services.create_person(street, username="x", name="x", posts=[post])
    with pytest.raises(NotAllowed):
        services.assign_post(street, person=Person.objects.get(username="bajiao"), post=post)


def test_an_unlocked_account_may_try_again_at_once(people):
    for _i in range(5):
        Client().post("/signin/", {"username": "gucheng", "password": "wrong"})
    form = {"username": "gucheng", "password": demonstration_password()}
    assert Client().post("/signin/", form).status_code == 403
    services.unlock(context_of(Person.objects.get(username="admin")), person=Person.objects.get(username="gucheng"))
    assert Client().post("/signin/", form).status_code == 302


def test_stepping_into_an_exercise_and_back(people, exercise):
    browser = Client()
    browser.force_login(Person.objects.get(username="gucheng"))
    browser.post("/world/", {"world": "0", "next": "/me/"})
    assert "现在在这里" in browser.get("/me/").content.decode()
    browser.post("/world/", {"world": str(exercise.pk)})
    assert browser.get("/me/").context["ctx"].world == exercise.pk
    entered = AuditEntry.objects.filter(action="places.world.entered").order_by("id").values_list("label", flat=True)
    assert list(entered) == ["回到实况", "进入演练"]
    exercise.scope = "33/"
    exercise.save()
    assert browser.post("/world/", {"world": str(exercise.pk)}).status_code == 404


class TestAdministrationSite:
    @pytest.fixture
    def browser(self, people):
        browser = Client()
        browser.force_login(Person.objects.get(username="admin"))
        return browser

    def test_is_closed_to_others(self, people):
        browser = Client()
        browser.force_login(Person.objects.get(username="zhihuizhang"))
        assert browser.get("/admin/").status_code == 302

    @pytest.mark.parametrize("kind", ["person", "organisation", "post", "holding", "region", "ladderrung"])
    def test_lists_open(self, browser, kind):
        assert browser.get(f"/admin/places/{kind}/").status_code == 200

    def test_a_new_person_gets_a_temporary_password(self, browser):
        form = {"username": "fresh", "name": "新人", "phone": "", "email": "", "is_active": "on"}
        page = browser.post("/admin/places/person/add/", form, follow=True)
        assert "临时密码" in page.content.decode()
        assert Person.objects.get(username="fresh").must_change_password
        again = browser.post("/admin/places/person/add/", {**form, "username": "fresh"}, follow=True)
        assert again.status_code == 200

    def test_reset_and_unlock_from_the_list(self, browser):
        pk = Person.objects.get(username="bajiao").pk
        chosen = {"action": "reset_password", "_selected_action": [str(pk)]}
        assert "临时密码" in browser.post("/admin/places/person/", chosen, follow=True).content.decode()
        assert Person.objects.get(pk=pk).must_change_password
        page = browser.post("/admin/places/person/", {**chosen, "action": "unlock"}, follow=True)
        assert "已解锁" in page.content.decode()

    def test_changes_are_audited_by_name(self, browser):
        organisation = Organisation.objects.get(code="sjs.water")
        form = {
            "name": "区水务局（新）",
            "short_name": "水务",
            "kind": "bureau",
            "actor": "water",
            "region": "110107000000",
            "parent": "sjs.gov",
        }
        browser.post("/admin/places/organisation/sjs.water/change/", form)
        organisation.refresh_from_db()
        assert organisation.name == "区水务局（新）"
        entry = AuditEntry.objects.get(action="places.organisation.changed")
        assert entry.actor == Person.objects.get(username="admin").key

    def test_nothing_can_be_deleted_and_regions_are_read_only(self, browser):
        pk = Person.objects.get(username="bajiao").pk
        assert browser.get(f"/admin/places/person/{pk}/delete/").status_code == 403
        assert browser.get("/admin/places/region/add/").status_code == 403
