"""Which events of this room other systems may be told of."""

from django.utils.translation import gettext_lazy as _

from anlan.kernel.webhooks import offer

offer("warning.notice.", _("预警"), permission="warning.notice.view")
