"""Which events of this room other systems may be told of."""

from django.utils.translation import gettext_lazy as _

from anlan.kernel.webhooks import offer

offer("analysis.signal.", _("研判信号"), permission="analysis.signal.view")
