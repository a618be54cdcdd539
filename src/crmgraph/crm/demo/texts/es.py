"""What customers and colleagues write in Spanish. `THREADS`: about what, who begins, subject, messages."""

GREETING = "Hola, {first}:|Buenas tardes, {mr} {last}:|Buenos días, {first}:"
CLOSING = "Un saludo,|Saludos cordiales,|Muchas gracias,"

THREADS = """
@ opportunity | in
Presupuesto para {quantity} × {product}
--
estamos reformando el local de {city} y necesitamos {quantity} × {product}. ¿Nos podéis pasar precio con transporte e
instalación? Queremos decidirnos antes del {date}.
--
gracias por contar con nosotros. Con {quantity} unidades entráis en el descuento por volumen; el conjunto sale por
{amount} más IVA, con la instalación incluida. ¿Os reservo fecha con los técnicos?
--
entra en nuestro presupuesto. Mándame la oferta en firme y la llevo esta semana a dirección.
@ opportunity | out
Una máquina de prueba durante dos semanas
--
como hablamos por teléfono, podemos dejar una {product} en {account} dos semanas sin coste, con café para los primeros
días. Solo hace falta un enchufe y, si es de red, una toma de agua fría.
--
al equipo le ha encantado la idea. El lunes por la mañana nos viene bien; en recepción ya están avisados.
@ opportunity | in
Una duda sobre la oferta
--
antes de firmar: ¿los {amount} incluyen el mantenimiento anual? ¿Y cuánto tarda el técnico si la máquina falla un fin
  de
semana?
--
la primera revisión anual está incluida. Con el contrato Oro vamos en ocho horas laborables, sábados también. Te
  adjunto
las condiciones y he marcado los dos puntos que te interesan.
@ opportunity | out
Nuestra visita a {city}
--
gracias por el rato que nos dedicasteis. Hemos medido el salón de desayunos y la cocina: caben {quantity} × {product}
  si
se mueve la barra 20 cm. El plano lo tendrás antes del {date}.
--
recibido, gracias. El carpintero confirma los 20 cm. Adelante con la oferta.
@ opportunity | in
El precio frente a otros proveedores
--
te hablo claro: tenemos una oferta de la competencia un 8 % por debajo. Preferimos vuestras máquinas, pero tengo que
explicar la diferencia en dirección financiera. ¿Queda algún margen?
--
lo he hablado con mi responsable. El precio de la {product} no lo podemos bajar, pero sí añadir la jornada de
  formación
y el café de los tres primeros meses. En un año vale más que ese 8 %.
--
eso me ayuda. Ponlo por escrito y consigo la firma.
@ order | in
Fecha de entrega del pedido {number}
--
¿nos podéis decir cuándo llegan {quantity} × {product}? Abrimos el {date} y los instaladores necesitan dos días.
--
vuestro pedido sale el jueves de nuestro almacén de Łódź y el transportista llamará una hora antes. Podéis contar con
  el
{date}.
@ order | out
El pedido {number} va de camino
--
buenas noticias: hoy han salido {quantity} × {product}. El técnico lleva el filtro de agua y no se va hasta que el
  primer
espresso salga bien.
@ invoice | out
Factura {number}
--
te adjunto la factura {number} por {amount}, con vencimiento el {date}. Si necesitáis que figure vuestro número de
pedido, dímelo y te la envío corregida.
--
gracias, ya está en contabilidad y se pagará en la próxima remesa.
@ invoice | out
Recordatorio: factura {number}
--
según nuestros datos, la factura {number} por {amount} sigue pendiente. Puede que se haya cruzado con vuestro pago; en
ese caso, no tengas en cuenta este mensaje.
--
perdona, estaba pendiente de una firma. La transferencia sale hoy.
@ lead | out
Un placer saludarte en la feria
--
gracias por pasar por nuestro estand. Preguntaste por la {product}: te adjunto la ficha técnica y la tarifa. ¿Te llamo
  la
semana que viene y me cuentas cuántas personas sois?
--
sí, por favor. Somos unas 60 personas en dos plantas y la máquina actual está en las últimas.
@ lead | in
Consulta desde la web
--
buscamos una máquina para el comedor, unos 80 cafés al día y que sea fácil de limpiar. ¿También alquiláis?
--
para 80 cafés diarios la {product} os va como anillo al dedo. Se puede comprar o alquilar a 36 meses con mantenimiento
incluido. ¿Cuándo os viene bien una visita corta?
@ account | out
Te presentamos la nueva Brisa Duo Touch
--
hoy presentamos la Brisa Duo Touch: dos cafés a la vez, sistema de leche que se limpia solo y un 30 % menos de consumo
  en
reposo. Por ser cliente la tienes cuatro semanas antes y al precio de lanzamiento.
--
tiene muy buena pinta. ¿Se puede ver cerca de {city}?
@ account | in
Cambio de dirección de facturación
--
a partir del mes que viene las facturas deben enviarse a nuestro departamento de contabilidad en {city}. Todo lo demás
sigue igual.
--
anotado y cambiado en el sistema. Lo verás en la próxima factura.
@ recall | out
Importante: vuestras fuentes {product}
--
en algunas fuentes de un mismo lote de fabricación puede fallar el termostato y el agua deja de enfriarse. No hay
  peligro
para nadie, pero desconectad las que tengan un número de serie que empiece por F20-7. Cambiamos la pieza sin coste.
--
lo hemos comprobado: tenemos {quantity} afectadas. Aquí se bebe mucha agua, venid pronto, por favor.
--
os hemos puesto entre los primeros. El técnico va el {date} y lleva agua embotellada para mientras tanto.
@ case | in
{title}
--
{text}
--
gracias por avisar. Tu incidencia tiene el número {number}; una compañera ya la está mirando y te llama hoy mismo.
--
{answer} Si algo sigue sin ir bien, dínoslo.
"""

PROBLEMS = """
@ coffee | problem
La máquina pierde agua por la bandeja
--
Desde esta mañana hay agua debajo de la máquina. Hemos vaciado la bandeja dos veces y vuelve a salir a los diez cafés.
--
La junta de la bandeja estaba gastada. El técnico la ha cambiado y ha revisado los manguitos.
@ coffee | problem
El café sale templado
--
El café ya no sale caliente aunque la pantalla marca 93 grados. Los huéspedes se quejan en el desayuno.
--
La caldera tenía mucha cal. Se ha descalcificado y se ha cambiado el filtro de agua.
@ coffee | problem
El molinillo hace ruido y se para
--
El molinillo chirría unos segundos y la máquina muestra el error E14.
--
Una piedrecita entre los granos había bloqueado las muelas. Se han cambiado y se ha ajustado la molienda.
@ coffee | question
¿Cada cuánto se limpia el sistema de leche?
--
Una compañera nueva pregunta cada cuánto hay que limpiar el sistema de leche y si valen otros productos de limpieza.
--
Enjuague diario y pastilla una vez por semana; otros productos dañan las juntas. Se ha enviado la hoja de
  instrucciones.
@ water | problem
El agua de la fuente sabe a plástico
--
El agua de la fuente nueva sigue sabiendo a plástico una semana después. El personal ha dejado de usarla.
--
No se había enjuagado el filtro de carbón al instalarla. Se han pasado 10 litros y el sabor ha desaparecido.
@ water | request
Bandeja de repuesto para la fuente
--
Necesitamos una bandeja de repuesto para la fuente de la segunda planta. Se rompió al moverla.
--
Se ha enviado el repuesto por mensajería, sin cargo.
@ water | problem
No sale agua con gas
--
El grifo solo da agua sin gas. La bombona de CO2 se cambió la semana pasada y el manómetro está en verde.
--
El regulador de presión estaba atascado. Se ha cambiado en garantía.
@ supplies | request
Café equivocado en la última entrega
--
Pedimos café Sierra y ha llegado Fuego. Las cajas están sin abrir, ¿nos las cambiáis?
--
El café correcto se envió el mismo día y se recogió el otro. El almacén está avisado.
@ coffee | question
Conectar el datáfono
--
¿Se puede conectar la máquina a un datáfono? Nos gustaría que las visitas pagaran su café.
--
Sí, con el kit de cobro a partir de los modelos de este año. Se ha enviado una oferta del kit.
"""

RECALL = """Retirada: la fuente no enfría
--
El número de serie empieza por F20-7. El agua está a temperatura ambiente desde ayer y hemos recibido la carta.
--
Termostato cambiado dentro de la campaña de retirada. Temperatura al cabo de una hora: 6 grados."""

CALLS = """
opportunity | out | Seguimiento de la oferta abierta | Dirección se reúne la semana que viene. Las máquinas gustan;
  falta explicar la formación.
opportunity | in | Quiere otra máquina en la oferta | {first} pide añadir otra {product} para la planta de reuniones.
  Oferta nueva antes del {date}.
opportunity | out | Fecha de la demostración acordada | Enseñamos la {product} el {date}; probarán ocho personas.
lead | out | Primera llamada tras la feria | Recuerda bien el estand. Unos 40 empleados, decide con el dueño. Enviar
  referencias en {city}.
lead | out | No contesta, dejo mensaje | Lo vuelvo a intentar el {date}.
case | in | Pregunta cuándo va el técnico | Le he prometido visita antes del {date}. Mientras usan la máquina del
  vestíbulo.
case | out | Comprobado que todo funciona | Todo va bien, en el local están muy contentos con el técnico.
order | in | Pregunta por la entrega | Entrega prevista para el {date}. Hay ascensor, sin escalones.
invoice | out | Llamada por el pago pendiente | La factura estaba en otro departamento. Pago prometido para el {date}.
account | out | Revisión semestral | Contentos en general. Abren otro local el año que viene y nos tendrán en cuenta.
  El consumo sube un 10 %.
account | in | Pide más café | Pasado a administración: 12 cajas de Sierra, entrega esta semana.
"""

MEETINGS = """
opportunity | Demostración de la {product} | Llevar dos cafés distintos, leche y la tarifa. Vendrán ocho personas. |
  customer
opportunity | Negociación con compras | Objetivo: firma este trimestre. Descuento máximo, 6 %. | customer
opportunity | Visita técnica y medidas | Mirar agua, desagüe y luz. Hacer fotos para el plano. | customer
lead | Primera visita a {account} | Averiguar cuántos cafés, quién decide y qué usan ahora. | customer
account | Revisión anual | Consumo, visitas de servicio y planes para el año que viene. | customer
account | Videollamada sobre los nuevos locales | Abren dos locales el año que viene; enseñar el modelo de alquiler. |
  online
case | Visita del técnico | Entrar por la puerta de servicio y preguntar por {first} {last}. | customer
order | Instalación y primera formación | Tres horas, con limpieza y descalcificación. | customer
"""

TASKS = """
opportunity | Enviar la oferta revisada a {first} {last} | Con la jornada de formación y sin el kit de cobro.
opportunity | Preparar comparativa de costes | Nuestra {product} frente a las máquinas actuales, por taza y a tres
  años.
opportunity | Buscar una referencia en {city} | Un cliente de tamaño parecido al que se pueda llamar.
lead | Enviar catálogo y tarifa | {first} los quiere en papel, no en PDF.
lead | Comprobar la solvencia de la empresa | Antes de ofrecer pago aplazado.
case | Pedir el recambio | Envío urgente, con cargo a garantía.
case | Escribir al cliente lo que hemos encontrado | Corto y sin tecnicismos, por favor.
order | Reservar técnico para la instalación | Media jornada; se aparca en el patio.
invoice | Mirar por qué se retrasa el pago | Llamar a contabilidad antes de mandar un recordatorio.
account | Preparar la revisión anual | Facturación, visitas de servicio y temas abiertos.
account | Actualizar las personas de contacto | Dos compañeros se han ido; la web ya está al día.
"""

LETTERS = """
account | Aviso de seguridad: fuentes Font 20 | Carta certificada con los números de serie afectados y el teléfono de
  atención.
account | Invitación a la velada de lanzamiento | Invitación impresa para dos personas con tarjeta de respuesta.
order | Certificados de garantía | Certificados de todas las máquinas entregadas, firmados.
contract | Contrato de servicio firmado | Dos ejemplares, uno para devolver.
"""

FAXES = """
order | Confirmación de pedido firmada | Firmada por {first} {last} y devuelta por fax.
case | Foto de la placa de características | Se lee bien el número de serie.
"""

SOCIAL = """
Por fin café de verdad en la oficina. ¡Gracias, @brumella, por la máquina nueva! | 0.9
¿A alguien más le ha llegado la carta de las fuentes Font 20? @brumella, contestad. | -0.4
El técnico de @brumella ha venido en tres horas. Chapó. | 0.8
Tercer día sin agua fría en la oficina, @brumella… | -0.8
"""

NOTES = """
opportunity | Quién decide | Recomienda {first} {last} y firma la dirección financiera. Evitar la última semana del
  mes.
opportunity | Plano del local | Barra de 2,40 m, agua a la izquierda, solo 230 V. Para trifásica haría falta un
  electricista.
account | Aparcamiento | Zona de carga detrás del edificio, solo hasta las 11.
account | Cómo prefiere el trato | Mejor una llamada corta que un correo largo. Le encanta nuestro descafeinado.
case | Medido en el local | Dureza del agua 28 °f, filtro caducado hace seis meses.
lead | Impresión | Interés serio, presupuesto sin aprobar. Volver a llamar después de las vacaciones.
contact | Personal | Habla alemán; estudió dos años en Múnich.
"""

LEADS = """
Café para 60 personas en dos oficinas | Brisa Duo
Fuentes de agua para el taller | Font Tap
Renovar las cafeteras antiguas | Brisa Duo Touch
Desayunos para 120 huéspedes | Barista 4
Alquiler de máquinas para un salón de actos | Barista 2
Agua con gas para la oficina diáfana | Font Tap Sparkling
Distribución de máquinas Brumella | Brisa One
"""

DEALS = """
hotel | Máquinas para el salón de desayunos
hotel | Agua en cada planta
cafe | Nueva barra de espresso
cafe | Segundo local
dealer | Acuerdo marco anual
dealer | Pedido de temporada
* | Puntos de café en todas las plantas
* | Fuentes en lugar de garrafas
* | Renovación de las máquinas antiguas
* | Café y servicio para la sede central
"""
