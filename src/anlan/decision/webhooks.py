"""Which events of this room other systems may be told of."""

from django.utils.translation import gettext_lazy as _

from anlan.kernel.webhooks import offer

offer("decision.proposal.", _("响应建议"), permission="decision.proposal.view")
