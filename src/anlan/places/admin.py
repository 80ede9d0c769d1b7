"""The system administrators' site: people, organisations, posts, holdings, ladders. Every change goes through a service."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action

from anlan.kernel.context import EVERYTHING, Context, Grant
from anlan.kernel.errors import Refused

from . import services
from .identity import context_of
from .models import Holding, LadderRung, Organisation, Person, Post, Region

admin.site.unregister(Group)


def administrator(request: HttpRequest) -> Context:
    """The signed-in administrator, by name, with the right to administer everything."""
    ctx: Context = getattr(request, "ctx", None) or context_of(request.user)  # type: ignore[arg-type]
    return replace(ctx, grants=(Grant("system", "", frozenset({EVERYTHING})),))


class ServiceAdmin(ModelAdmin):
    """Nothing is deleted here, and a refusal is shown in words instead of an error page."""

    list_per_page = 50

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Refused as fault:
            messages.error(request, f"{fault.message} {fault.mend}")
            return HttpResponseRedirect(request.get_full_path())

    def changed(self, form: Any) -> dict[str, Any]:
        return {name: form.cleaned_data[name] for name in form.changed_data}


@admin.register(Person)
class PersonAdmin(ServiceAdmin):
    list_display = ("username", "name", "phone", "is_active", "is_administrator", "locked_until", "sample")
    list_filter = ("is_active", "is_administrator", "sample")
    search_fields = ("username", "name", "phone")
    fields = ("username", "name", "phone", "email", "is_active", "is_administrator")
    # Changes are posted from the list: a link that is merely followed changes nothing.
    actions = ("reset_password", "unlock")

    def get_readonly_fields(self, request: HttpRequest, obj: Person | None = None) -> tuple[str, ...]:
        return ("username",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Person, form: Any, change: bool) -> None:
        if change:
            services.change_person(administrator(request), person=obj, **self.changed(form))
            return
        made, password = services.create_person(
            administrator(request), username=obj.username, name=obj.name, phone=obj.phone, email=obj.email,
            administrator=obj.is_administrator,
        )  # fmt: skip
        obj.pk = made.pk
        self._show_password(request, made, password)

    @action(description=_("重置密码"))
    def reset_password(self, request: HttpRequest, queryset: QuerySet[Person]) -> None:
        for person in queryset:
            self._show_password(request, person, services.reset_password(administrator(request), person=person))

    @action(description=_("解锁"))
    def unlock(self, request: HttpRequest, queryset: QuerySet[Person]) -> None:
        for person in queryset:
            services.unlock(administrator(request), person=person)
        messages.success(request, _("已解锁"))

    def _show_password(self, request: HttpRequest, person: Person, password: str) -> None:
        messages.warning(
            request,
            _("“%(name)s”的临时密码：%(password)s。只显示这一次，请当面或电话告知；首次登录须修改。")
            % {"name": person.name, "password": password},
        )


@admin.register(Organisation)
class OrganisationAdmin(ServiceAdmin):
    list_display = ("code", "name", "kind", "actor", "region", "parent", "sample")
    list_filter = ("kind", "sample")
    search_fields = ("code", "name")
    autocomplete_fields = ("region", "parent")
    fields = ("code", "name", "short_name", "kind", "actor", "region", "parent")

    def get_readonly_fields(self, request: HttpRequest, obj: Organisation | None = None) -> tuple[str, ...]:
        return ("code",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Organisation, form: Any, change: bool) -> None:
        services.save_organisation(administrator(request), organisation=obj, **self.changed(form))


@admin.register(Post)
class PostAdmin(ServiceAdmin):
    list_display = ("code", "name", "organisation", "region", "roles", "rank")
    search_fields = ("code", "name")
    autocomplete_fields = ("organisation", "region")
    fields = ("code", "name", "organisation", "region", "roles", "rank")

    def get_readonly_fields(self, request: HttpRequest, obj: Post | None = None) -> tuple[str, ...]:
        return ("code",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Post, form: Any, change: bool) -> None:
        services.save_post(administrator(request), post=obj, **self.changed(form))


@admin.register(Holding)
class HoldingAdmin(ServiceAdmin):
    """Who holds which post; a holding is ended, never edited."""

    list_display = ("person", "post", "since", "until")
    list_select_related = ("person", "post")
    search_fields = ("person__name", "person__username", "post__name", "post__code")
    autocomplete_fields = ("person", "post")
    fields = ("person", "post", "since", "until")
    readonly_fields = ("since", "until")
    actions = ("end",)

    def get_readonly_fields(self, request: HttpRequest, obj: Holding | None = None) -> tuple[str, ...]:
        return ("person", "post", "since", "until") if obj else ("since", "until")

    def save_model(self, request: HttpRequest, obj: Holding, form: Any, change: bool) -> None:
        if not change:
            obj.pk = services.assign_post(administrator(request), person=obj.person, post=obj.post).pk

    @action(description=_("免职"))
    def end(self, request: HttpRequest, queryset: QuerySet[Holding]) -> None:
        for holding in queryset.select_related("person", "post__region"):
            services.end_post(administrator(request), person=holding.person, post=holding.post)
        messages.success(request, _("已免职"))


@admin.register(Region)
class RegionAdmin(ServiceAdmin):
    """Divisions come with the product; here they are looked up only."""

    list_display = ("code", "name", "level", "full_name")
    list_filter = ("level",)
    search_fields = ("code", "name", "full_name")
    fields = ("code", "name", "level", "parent", "path", "full_name", "outline_caveat", "accuracy_m", "source")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(LadderRung)
class LadderAdmin(ServiceAdmin):
    """One rung; the whole ladder is written anew by the service so that its audit row shows before and after."""

    list_display = ("region", "order", "post", "after_min")
    list_select_related = ("region", "post")
    search_fields = ("region__name", "region__code", "post__name")
    autocomplete_fields = ("region", "post")
    fields = ("region", "order", "post", "after_min")

    def get_readonly_fields(self, request: HttpRequest, obj: LadderRung | None = None) -> tuple[str, ...]:
        return ("region", "order") if obj else ()

    def save_model(self, request: HttpRequest, obj: LadderRung, form: Any, change: bool) -> None:
        rungs = {
            r.order: (r.post, r.after_min) for r in LadderRung.objects.filter(region=obj.region).select_related("post")
        }
        rungs[obj.order] = (obj.post, obj.after_min)
        rows = services.set_ladder(administrator(request), region=obj.region, rungs=[rungs[o] for o in sorted(rungs)])
        obj.pk = next(r.pk for r in rows if r.post_id == obj.post_id)
