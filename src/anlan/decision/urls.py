from django.urls import include, path

from .views import deciding, drafts, filings, plans

urlpatterns = [
    path("proposals/", deciding.proposals, name="proposals"),
    path("proposals/ask/", deciding.ask, name="proposal-ask"),
    path("proposals/<uuid:pk>/", deciding.proposal, name="proposal"),
    path("plans/", plans.plans, name="plans"),
    path("plans/new/", drafts.new, name="plan-new"),
    path("plans/of/<uuid:pk>/", plans.record, name="plan-record"),
    path("plans/of/<uuid:pk>/revise/", drafts.revise, name="plan-revise"),
    path("plans/of/<uuid:pk>/end/", drafts.end, name="plan-end"),
    path("plans/maps/new/", drafts.mapped, name="plan-map-new"),
    path("plans/drafts/<uuid:pk>/", drafts.draft, name="plan-draft"),
    path("plans/<uuid:pk>/", plans.plan, name="plan"),
    path("plans/<uuid:pk>/compare/", plans.compare, name="plan-compare"),
    path("plans/<uuid:pk>/paper.<str:form>", plans.paper, name="plan-paper"),
    path("plans/<uuid:pk>/try/", plans.trial, name="plan-try"),
    path("plans/<uuid:pk>/cards/<slug:role>/", plans.card, name="plan-card"),
    path("plan-filings/", filings.filings, name="plan-filings"),
    path("plan-filings/<uuid:pk>/", filings.filing, name="plan-filing"),
    path("", include("anlan.decision.handbooks.urls")),
    path("", include("anlan.decision.water.urls")),
    path("facts/", deciding.facts, name="facts"),
]
