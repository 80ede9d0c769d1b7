"""Which events of this room other systems may be told of."""

from django.utils.translation import gettext_lazy as _

from anlan.kernel.webhooks import offer

offer("command.incident.", _("突发事件"), permission="command.incident.view")
offer("command.response.", _("应急响应"), permission="command.response.view")
offer("command.task.", _("任务"), permission="command.task.view")
